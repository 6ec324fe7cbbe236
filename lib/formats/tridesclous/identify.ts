/** tridesclous folders by info.json and their channel groups. */
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';

const loader = { function: 'loadSpikeDataFromTridesclous', format: 'tridesclous' };

export async function identifyTridesclous(look: Look): Promise<Draft | null> {
  const groups = look.folders.filter((name) => /^channel_group_\d+$/.test(name)).length;
  const isInfo = look.name === 'info.json' && look.start.includes('"tridesclous_version"');
  if (!isInfo && !(look.isFolder && look.has('info.json') && groups)) return null;
  const info = await look.json(look.isFolder ? look.join('info.json') : look.path);
  const { sample_rate, nb_segment } = (info.datasource_info ?? {}) as Record<string, unknown>;
  const segments = Number(nb_segment) > 1 ? Math.min(Number(nb_segment), 100) : 1;
  const fsHz = Number(sample_rate) > 0 ? { fsHz: Number(sample_rate) } : {};
  const parts = Array.from({ length: segments }, (_, s): Part => {
    return { name: `segment ${s}`, options: segments > 1 ? { segmentIndex: s } : {}, ...fsHz };
  });
  const details: Record<string, string | number> = groups ? { groups } : {};
  if (typeof info.tridesclous_version === 'string') details.version = info.tridesclous_version;
  return {
    ...{ format: 'tridesclous', what: 'sorting', readable: true, whole: look.isFolder, parts },
    details,
    ...loadLines(loader, look.path, parts),
  };
}
