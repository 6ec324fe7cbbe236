/** Colours and sizes of the pictures, in one place. */
import type { Rgb } from './colours.js';

export const ink = '#16202e';
export const faint = '#5d6b7c';
export const grid = '#e4e9ef';
export const rateFill = '#9dbfe0';
export const rateLine = '#1f5f9e';
export const fontFamily = "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif";

/** Evenly spaced colours of a map of rates, from one spike to the most. */
export const densityStops: readonly Rgb[] = [
  [196, 217, 238],
  [94, 153, 208],
  [31, 95, 158],
  [18, 42, 84],
  [8, 12, 30],
];

/** Entry 0 is the paper, 1 … 255 go from a light blue that still shows in a single cell to near black. */
export const densityPalette: readonly Rgb[] = [
  [255, 255, 255],
  ...Array.from({ length: 255 }, (_, i): Rgb => {
    const at = (i / 254) * (densityStops.length - 1);
    const low = Math.min(Math.floor(at), densityStops.length - 2);
    const mix = (c: 0 | 1 | 2) =>
      Math.round(densityStops[low][c] + (densityStops[low + 1][c] - densityStops[low][c]) * (at - low));
    return [mix(0), mix(1), mix(2)];
  }),
];
