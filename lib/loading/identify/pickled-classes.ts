/** Which classes the start of a Python pickle names: enough to tell whose it is, without reading it. */
import { type Draft, note } from './identification.js';
import type { Look } from './look.js';

export interface PickledClasses {
  protocol: number;
  /** Names such as 'spikelab.spikedata.spikedata.SpikeData'. */
  classes: string[];
  /** Whether it ends as a pickle does. */
  complete: boolean;
  /** What to say where it does not. */
  note: Pick<Draft, 'findings' | 'advice'>;
}

/** Null where the file is no pickle. */
export async function pickledClasses(look: Look): Promise<PickledClasses | null> {
  if (look.isFolder || look.size < 2) return null;
  const protocol = look.head[0] === 0x80 ? look.head[1] : 0;
  const text = look.start;
  const named = [...text.matchAll(/c([A-Za-z_][\w.]*)\n([A-Za-z_]\w*)\n/g)].map(
    ([, module, name]) => `${module}.${name}`,
  );
  if (look.head[0] === 0x80 ? protocol < 2 || protocol > 5 : !/^[c(\]}l]/.test(text) || !named.length) return null;
  const last = (await look.read(look.size - 1, look.size))[0];
  const complete = last === 0x2e;
  const missing = note(
    'truncated',
    `${look.path} does not end as a pickle does: it is cut, or was not written to its end`,
  );
  return {
    protocol,
    classes: protocol < 4 ? named : [...named, ...stackNames(look.head)],
    complete,
    note: complete ? {} : { findings: [missing], advice: 'Copy or write the file again: its end is missing' },
  };
}

/** Protocol 4 puts module and name on the stack as two short texts: \x8c, a length, the text. */
function stackNames(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (bytes[at] !== 0x8c) continue;
    const text = bytes.toString('latin1', at + 2, at + 2 + bytes[at + 1]);
    if (!/^[A-Za-z_][\w.]*$/.test(text)) continue;
    texts.push(text);
    at += 1 + bytes[at + 1];
  }
  return texts.slice(1).map((name, i) => `${texts[i]}.${name}`);
}
