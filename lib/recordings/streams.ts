/** Which of the streams of a recording is opened: several rates or kinds of signal are not one recording. */
import { FormatError, OptionError } from '../core/errors.js';
import type { RecordContext } from './recording-format.js';

/**
 * The stream that `dataset` names, else the first, with a finding that names the others.
 *
 * @param streams the one with the neural signal first
 * @throws OptionError where there is none of that name, FormatError where there is none at all
 */
export function chooseStream<T extends { name: string }>(
  streams: readonly T[],
  path: string,
  { options, report }: Pick<RecordContext, 'options' | 'report'>,
): T {
  if (streams.length === 0)
    throw new FormatError(`A header with channels was expected in ${path}, found none`, { path });
  const names = streams.map(({ name }) => name);
  if (options.dataset !== undefined) {
    const named = streams.find(({ name }) => name === options.dataset);
    if (named) return named;
    throw new OptionError('dataset', `one of ${names.slice(0, 40).join(', ')} in ${path}`, options.dataset);
  }
  if (streams.length > 1) {
    const others = names.slice(1, 41).join(', ');
    report.warning('several-streams', `${names[0]} is opened; ${path} also has ${others}. Give dataset for another`);
  }
  return streams[0];
}

/** Streams of one name that were recorded at other times: each is named by its first channel too. */
export function namedApart<T extends { name: string }>(streams: readonly T[], firstOf: (stream: T) => string): T[] {
  const counts = new Map<string, number>();
  for (const { name } of streams) counts.set(name, (counts.get(name) ?? 0) + 1);
  return streams.map((stream) =>
    counts.get(stream.name) === 1 ? stream : { ...stream, name: `${stream.name} ${firstOf(stream)}` },
  );
}

/** A rate as `dataset` names it: as many digits as C's %g prints. */
export const rateName = (fsHz: number): string => String(Number(fsHz.toPrecision(6)));

/** @throws FormatError */
export function checkRate(fsHz: number, path: string, location?: string): number {
  if (fsHz > 0 && Number.isFinite(fsHz)) return fsHz;
  const message = `${path} must have a positive sampling rate, found ${fsHz}`;
  throw new FormatError(message, { path, location });
}
