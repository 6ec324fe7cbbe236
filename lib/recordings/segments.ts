/** Stretches of samples between which recording was stopped on purpose, or the clock began again. */
import { integer } from '../core/checks.js';
import { GapFinder } from './gaps.js';
import type { Gap } from './recording.js';
import type { RecordContext } from './recording-format.js';

export interface Segment {
  samples: number;
  /** Of the first sample, ms on the file's clock. */
  startMs: number;
}

export interface ChosenSegments<T extends Segment> {
  /** In the order of the file. */
  chosen: readonly T[];
  samples: number;
  startMs: number;
  segments: number;
  gaps: readonly Gap[];
}

/**
 * The segment of `segmentIndex`; all of them, with gaps between, where `gapToleranceMs` passes over these; else the first, with a
 * finding that says so.
 *
 * @param all at least one
 * @throws OptionError for a segment that is not there, FormatError where a pause is longer than the tolerance
 */
export function chooseSegments<T extends Segment>(
  all: readonly T[],
  fsHz: number,
  path: string,
  context: Pick<RecordContext, 'options' | 'report'>,
): ChosenSegments<T> {
  const { options, report } = context;
  const one = (segment: T) => ({
    ...{ chosen: [segment], samples: segment.samples, startMs: segment.startMs, segments: all.length, gaps: [] },
  });
  if (options.segmentIndex !== undefined)
    return one(all[integer(options.segmentIndex, 'segmentIndex', 0, all.length - 1)]);
  if (all.length === 1) return one(all[0]);
  if (options.gapToleranceMs === undefined) {
    const message = `${path} was paused: it has ${all.length} segments, of which the first is opened. segmentIndex opens another, gapToleranceMs joins them`;
    report.warning('several-segments', message, all.length);
    return one(all[0]);
  }
  const stepMs = 1000 / fsHz;
  const finder = new GapFinder(path, stepMs, 1, context);
  let samples = 0;
  all.forEach((segment, s) => {
    const before = all[s - 1];
    if (before) finder.addGap(samples, segment.startMs - before.startMs - before.samples * stepMs);
    samples += segment.samples;
  });
  return { chosen: all, samples, startMs: all[0].startMs, segments: all.length, gaps: finder.check() };
}
