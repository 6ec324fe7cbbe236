/** Damage found while a chunk is decoded; whoever knows which chunk makes a FormatError of it. */
export class BadChunk extends Error {}

/** The size of what a step gives must be the size that the array's metadata ask for. */
export function checkBytes(found: number, expected: number, of: string): void {
  if (found === expected) return;
  const cut = found < expected ? ': it is cut off or damaged' : '';
  throw new BadChunk(`${expected} bytes were expected from ${of}, found ${found}${cut}`);
}
