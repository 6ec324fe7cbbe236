/** Media types of what is written, and which of several a client prefers. */

const types: Readonly<Record<string, string>> = {
  json: 'application/json',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
  nwb: 'application/x-nwb',
  hdf5: 'application/x-hdf5',
  csv: 'text/csv; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  html: 'text/html; charset=utf-8',
};

export const mediaTypeOf = (format: string): string => types[format] ?? 'application/octet-stream';

/** The output with the highest q of Accept, the first of equals; undefined where none is accepted. */
export function preferred<T extends { format: string }>(outputs: readonly T[], accept = '*/*'): T | undefined {
  const ranges = accept.split(',').map((part) => {
    const [type, ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const q = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1);
    return { type, q: Number.isFinite(q) ? q : 0 };
  });
  const quality = ({ format }: T) => {
    const [type] = mediaTypeOf(format).split(';');
    const [major] = type.split('/');
    for (const exact of [type, `${major}/*`, '*/*']) {
      const found = ranges.find((range) => range.type === exact);
      if (found) return found.q;
    }
    return 0;
  };
  let best: { output: T; q: number } | undefined;
  for (const output of outputs) {
    const q = quality(output);
    if (q > (best?.q ?? 0)) best = { output, q };
  }
  return best?.output;
}
