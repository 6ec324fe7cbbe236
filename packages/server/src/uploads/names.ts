/** Names that clients give to files. Formats are told by them too, so they are kept, each part as a plain name in a folder of its own. */
import { Problem } from '../core/problem.js';

const longestPart = 200;
const mostParts = 16;

/** The parts of `sorted/spike_times.npy`. @throws Problem for what could lead anywhere else */
export function partsOf(name: string): string[] {
  const parts = name.replace(/^(\.\/)+/, '').split('/');
  const wrong = parts.length > mostParts ? 'is too deep' : parts.map(faultOf).find((fault) => fault !== null);
  if (wrong) {
    throw new Problem(400, 'ERR_NAME', `A file name ${wrong}: ${JSON.stringify(name.slice(0, 100))}`);
  }
  return parts;
}

function faultOf(part: string): string | null {
  if (part === '') return 'must have no empty part, and not begin or end with a slash';
  if (part === '.' || part === '..') return 'must not have the parts . or ..';
  if (/[\p{Cc}\\]/u.test(part) || Buffer.from(part).toString() !== part)
    return 'must have no control characters and no backslashes';
  if (Buffer.byteLength(part) > longestPart) return `must have parts of at most ${longestPart} bytes`;
  return null;
}

/** One name, without folders. */
export function plainName(name: string): string {
  const parts = partsOf(name);
  if (parts.length > 1) throw new Problem(400, 'ERR_NAME', 'A single file has a name without slashes.');
  return parts[0];
}
