/** Numbers of any type as float64, in slices and without a BigInt for each. */
import type { NumericArray } from '../../core/arrays.js';
import type { Slices } from '../../core/slices.js';

/** Elements between two looks at the clock: below a millisecond of work, four before the engine has compiled it. */
const pieceElements = 2 ** 15;
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Copies `from` to `to` at `offset`. 64-bit integers beyond 2^53 are rounded, as by Number(). */
export async function copyFloats(
  from: ArrayLike<number> | NumericArray,
  to: Float64Array,
  offset: number,
  slices: Slices,
): Promise<void> {
  const wide = from instanceof BigInt64Array || from instanceof BigUint64Array;
  const halves = wide ? new Uint32Array(from.buffer, from.byteOffset, 2 * from.length) : null;
  const signed = from instanceof BigInt64Array;
  for (let start = 0; start < from.length; start += pieceElements) {
    const end = Math.min(start + pieceElements, from.length);
    if (halves) copyHalves(halves, to, start, end, offset, signed);
    else if (ArrayBuffer.isView(from)) to.set((from as Float64Array).subarray(start, end), offset + start);
    else for (let i = start; i < end; i++) to[offset + i] = from[i] as number;
    await slices.turn();
  }
}

function copyHalves(
  halves: Uint32Array,
  to: Float64Array,
  start: number,
  end: number,
  offset: number,
  signed: boolean,
) {
  const [low, high] = littleEndian ? [0, 1] : [1, 0];
  for (let i = start; i < end; i++) {
    const top = signed ? halves[2 * i + high] | 0 : halves[2 * i + high];
    to[offset + i] = top * 2 ** 32 + halves[2 * i + low];
  }
}
