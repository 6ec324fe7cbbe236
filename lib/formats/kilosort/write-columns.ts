/** The columns of a KiloSort folder, one value a spike, unit after unit: converted and written piece by piece. */
import { open } from 'node:fs/promises';
import { encodeNpyHeader } from '../../containers/npy/write.js';
import { OptionError } from '../../core/errors.js';
import type { TimeUnit } from '../../core/options.js';
import { msScale, roundHalfEven } from '../../core/units.js';

/** Values a piece: about a millisecond of work between turns of the event loop. */
const pieceLength = 2 ** 16;

type Trains = readonly Float64Array[];
/** Writes what belongs to these spikes of a unit into `out`, which is as long. */
type Fill<T> = (out: T, times: Float64Array, unit: number) => void;

/** Times in ms as sample numbers (int64, halves rounded to even), or in s or ms (float64). */
export function writeTimes(
  path: string,
  trains: Trains,
  unit: TimeUnit,
  fsHz: number,
  signal?: AbortSignal,
): Promise<void> {
  const { multiply, divide } = msScale(unit, fsHz);
  if (unit !== 'samples') {
    const inUnit = (out: Float64Array, times: Float64Array) => {
      for (let i = 0; i < out.length; i++) out[i] = times[i] / multiply;
    };
    return writeColumn(path, Float64Array, trains, inUnit, signal);
  }
  const toSamples = (out: BigInt64Array, times: Float64Array) => {
    const halves = new Int32Array(out.buffer, out.byteOffset, 2 * out.length);
    for (let i = 0; i < times.length; i++) {
      const sample = roundHalfEven((times[i] * divide) / multiply);
      if (!Number.isSafeInteger(sample)) throw new OptionError('sd', 'made of sample numbers below 2^53', sample);
      // two halves: a BigInt each would take longer than everything else
      halves[2 * i] = sample;
      halves[2 * i + 1] = Math.floor(sample / 2 ** 32);
    }
  };
  return writeColumn(path, BigInt64Array, trains, toSamples, signal);
}

/** The cluster id of each spike (int64). */
export function writeClusters(
  path: string,
  trains: Trains,
  ids: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  return writeColumn(path, BigInt64Array, trains, (out, _, unit) => void out.fill(BigInt(ids[unit])), signal);
}

async function writeColumn<T extends BigInt64Array | Float64Array>(
  path: string,
  ArrayType: new (length: number) => T,
  trains: Trains,
  fill: Fill<T>,
  signal?: AbortSignal,
): Promise<void> {
  const count = trains.reduce((sum, { length }) => sum + length, 0);
  const buffer = new ArrayType(Math.min(count, pieceLength));
  const file = await open(path, 'w');
  try {
    await file.writeFile(encodeNpyHeader(new ArrayType(0), [count]));
    for (let unit = 0, filled = 0, written = 0; unit < trains.length; unit++) {
      const times = trains[unit];
      for (let from = 0; from < times.length; ) {
        const length = Math.min(buffer.length - filled, times.length - from);
        fill(buffer.subarray(filled, filled + length) as T, times.subarray(from, from + length), unit);
        filled += length;
        from += length;
        if (filled < buffer.length && written + filled < count) continue;
        signal?.throwIfAborted();
        await file.writeFile(new Uint8Array(buffer.buffer, 0, filled * buffer.BYTES_PER_ELEMENT));
        written += filled;
        filled = 0;
      }
    }
  } finally {
    await file.close();
  }
}
