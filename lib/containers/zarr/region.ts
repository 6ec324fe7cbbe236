/** Boxes of an array, in memory with strides. */
export interface Region {
  /** Index of the first element along each axis. */
  low: readonly number[];
  shape: readonly number[];
  /** In elements. */
  strides: readonly number[];
}

type Values = ArrayLike<unknown> & { [index: number]: unknown };
type Typed = Float64Array;

/** Copies what two regions of one array share from `source` to `target`. */
export function copyRegion(from: ArrayLike<unknown>, source: Region, to: ArrayLike<unknown>, target: Region): void {
  const low = source.low.map((n, axis) => Math.max(n, target.low[axis]));
  const shape = low.map(
    (n, axis) => Math.min(source.low[axis] + source.shape[axis], target.low[axis] + target.shape[axis]) - n,
  );
  if (shape.some((n) => n <= 0)) return;
  const offset = (region: Region) =>
    low.reduce((sum, n, axis) => sum + (n - region.low[axis]) * region.strides[axis], 0);
  const [rest, run] = longestRun(shape, source.strides, target.strides);
  copyRows(from, offset(source), source.strides, to as Values, offset(target), target.strides, shape, rest, run);
}

/** Axes at the end that are one run of neighbours on both sides: how many axes are left, and the length of the run. */
function longestRun(shape: readonly number[], a: readonly number[], b: readonly number[]): [number, number] {
  let axis = shape.length;
  let run = 1;
  while (axis > 0 && (shape[axis - 1] === 1 || (a[axis - 1] === run && b[axis - 1] === run))) run *= shape[--axis];
  return [axis, run];
}

function copyRows(
  from: ArrayLike<unknown>,
  fromStart: number,
  fromStrides: readonly number[],
  to: Values,
  toStart: number,
  toStrides: readonly number[],
  shape: readonly number[],
  rest: number,
  run: number,
): void {
  const index = new Array<number>(rest).fill(0);
  const typed = ArrayBuffer.isView(from) && run > 1;
  for (let a = fromStart, b = toStart; ; ) {
    if (typed) (to as unknown as Typed).set((from as Typed).subarray(a, a + run), b);
    else for (let i = 0; i < run; i++) to[b + i] = from[a + i];
    let axis = rest - 1;
    for (; axis >= 0; axis--) {
      a += fromStrides[axis];
      b += toStrides[axis];
      if (++index[axis] < shape[axis]) break;
      a -= fromStrides[axis] * shape[axis];
      b -= toStrides[axis] * shape[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}
