/** SpikeGLX by its .meta files: each stream that lies in a folder, or the one that a file belongs to. */
import { stat } from '../../io/stat.js';
import { type Draft, note, type Part, recordingLines, span } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { metaNumber, metaNumberOr, readMeta } from './meta.js';
import { rateKeys, signalChannels, streamOf } from './recording.js';

const fileName = /^(.*)\.(bin|meta|cbin)$/;

export async function identifySpikeGlx(look: Look): Promise<Draft | null> {
  const stem = fileName.exec(look.name)?.[1];
  const stems = look.isFolder
    ? look.files.filter((name) => name.endsWith('.meta')).map((name) => name.slice(0, -'.meta'.length))
    : stem === undefined || /\.cbin$/.test(look.name)
      ? []
      : [stem];
  const draft: Draft = { what: 'recording', details: {}, parts: [], findings: [] };
  const parts: Part[] = [];
  for (const name of stems) {
    const base = look.isFolder ? look.join(name) : look.beside(name);
    if (!/^(\w+=.*\r?\n)*?(typeThis|fileSizeBytes|nSavedChans)=/m.test(await look.text(`${base}.meta`))) continue;
    const part = await stream(base, name, draft);
    if (part) parts.push(part);
    draft.format = 'spikeglx';
  }
  if (!draft.format) return null;
  const several = look.isFolder && parts.length > 1;
  for (const part of parts) if (several) part.options = { dataset: `${part.name}.bin` };
  const path = look.isFolder && !several && parts.length ? look.join(`${parts[0].name}.bin`) : look.path;
  const advice = parts.length ? null : 'Copy the .bin that belongs to the .meta beside it: it holds the samples';
  return { ...draft, parts, path, readable: parts.length > 0, advice, ...recordingLines(path, parts) };
}

async function stream(base: string, name: string, { details, findings }: Draft): Promise<Part | null> {
  const meta = await readMeta(`${base}.meta`);
  const text = (key: string) => meta.values.get(key);
  for (const [key, from] of [
    ['software', 'appVersion'],
    ['probe', 'imDatPrb_pn'],
    ['recorded', 'fileCreateTime'],
  ]) {
    const value = text(from);
    if (value) Object.assign(details as object, { [key]: key === 'software' ? `SpikeGLX ${value}` : value });
  }
  const found = await stat(`${base}.bin`).catch(() => undefined);
  if (!found?.isFile()) {
    findings?.push(note('samples-missing', `${name}.meta has no ${name}.bin beside it`));
    return null;
  }
  const kind = streamOf(`${base}.bin`, meta);
  const width = metaNumber(meta, 'nSavedChans');
  const said = metaNumberOr(meta, 'fileSizeBytes', found.size);
  if (said !== found.size) {
    const what = found.size < said ? 'truncated' : 'size-differs';
    findings?.push(note(what, `${name}.meta says ${said} bytes, ${name}.bin has ${found.size}`));
  }
  const fsHz = metaNumber(meta, rateKeys[kind]);
  const samples = Math.floor(found.size / (2 * width));
  let channels: number;
  try {
    channels = signalChannels(meta, kind, width);
  } catch (error) {
    findings?.push(note('no-signal', (error as Error).message));
    return null;
  }
  return { name, options: {}, channels, samples, fsHz, ...span(samples, fsHz) };
}
