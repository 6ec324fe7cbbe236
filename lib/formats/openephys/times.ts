/**
 * Timestamps of an Open Ephys stream, one for each sample. Until GUI 0.5 timestamps.npy counts samples; from 0.6 on
 * sample_numbers.npy does, and timestamps.npy has seconds, which are -1 where the stream was not synchronised.
 */

import { join } from 'node:path';
import { NpyFile } from '../../containers/npy/file.js';
import { readOptional } from '../../core/optional.js';
import { isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { GapFinder } from '../../recordings/gaps.js';
import type { Gap } from '../../recordings/recording.js';
import type { RecordContext } from '../../recordings/recording-format.js';

/** Timestamps that are read at a time, 8 MB. */
const pieceLength = 2 ** 20;

/**
 * Where the stream starts on the clock of its acquisition, and its gaps.
 *
 * @param root the folder that the recording's files must lie in, `folder` that of the stream
 * @throws FormatError where samples are missing between timestamps
 */
export async function openEphysTimes(
  root: string,
  folder: string,
  samples: number,
  fsHz: number,
  context: RecordContext,
): Promise<{ startMs: number; gaps: readonly Gap[] }> {
  const numbers = await memberPath(root, join(folder, 'sample_numbers.npy'), context);
  const timestamps = await memberPath(root, join(folder, 'timestamps.npy'), context);
  const counted = await isFile(numbers);
  const stamped = await isFile(timestamps);
  if (!counted && !stamped) {
    context.report.info('clock-unknown', `${folder} has no timestamps: times count from its first sample`);
    return { startMs: 0, gaps: [] };
  }
  const path = counted ? numbers : timestamps;
  if (!(await readOptional(context.report, path, () => isReadable(path)))) return { startMs: 0, gaps: [] };
  const checked = await checkTimes(path, samples, fsHz, context);
  const seconds =
    counted && stamped ? await readOptional(context.report, timestamps, () => firstSeconds(timestamps)) : undefined;
  return { startMs: seconds === undefined ? checked.startMs : seconds * 1000, gaps: checked.gaps };
}

/** @throws FormatError for what is no .npy file of numbers */
async function isReadable(path: string): Promise<boolean> {
  const file = await NpyFile.open(path);
  await file.close();
  file.requireNumbers();
  return true;
}

async function checkTimes(path: string, samples: number, fsHz: number, context: RecordContext) {
  const file = await NpyFile.open(path);
  try {
    const { count, type } = file.header;
    if (count !== samples) {
      const message = `${path} has ${count} timestamps for ${samples} samples`;
      context.report.warning('timestamps-differ', message, Math.abs(count - samples));
    }
    // whole numbers count samples; floating ones are seconds
    const seconds = type.letter === 'f';
    const toMs = seconds ? 1000 : 1000 / fsHz;
    const gaps = new GapFinder(path, seconds ? 1 / fsHz : 1, toMs, context);
    let first = Number.NaN;
    for (let start = 0; start < count; start += pieceLength) {
      const piece = await file.readElements(start, Math.min(count, start + pieceLength), { signal: context.signal });
      if (start === 0) first = Number(piece[0]);
      gaps.add(piece);
    }
    return { startMs: Number.isFinite(first) ? first * toMs : 0, gaps: gaps.check() };
  } finally {
    await file.close();
  }
}

/** The first timestamp, where it is a time. */
async function firstSeconds(path: string): Promise<number | undefined> {
  const file = await NpyFile.open(path);
  try {
    if (file.header.type.letter !== 'f' || file.header.count < 1) return undefined;
    const [first] = await file.readElements(0, 1);
    return Number.isFinite(Number(first)) && Number(first) !== -1 ? Number(first) : undefined;
  } finally {
    await file.close();
  }
}
