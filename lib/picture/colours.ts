/** Colours that people with any kind of colour vision can tell apart. */

export type Rgb = readonly [red: number, green: number, blue: number];

/** Okabe and Ito (2008), Color Universal Design. */
export const okabeIto = {
  blue: '#0072b2',
  vermillion: '#d55e00',
  green: '#009e73',
  orange: '#e69f00',
  sky: '#56b4e9',
  purple: '#cc79a7',
} as const;

/** Cividis (Nuñez, Anderton and Renslow 2018), dark blue to yellow, by the polynomial of d3-scale-chromatic; `t` from 0 to 1. */
export function cividis(t: number): Rgb {
  const u = Math.max(0, Math.min(1, t));
  const channel = (value: number) => Math.max(0, Math.min(255, Math.round(value)));
  return [
    channel(-4.54 - u * (35.34 - u * (2381.73 - u * (6402.7 - u * (7024.72 - u * 2710.57))))),
    channel(32.49 + u * (170.73 + u * (52.82 - u * (131.46 - u * (176.58 - u * 67.37))))),
    channel(81.24 + u * (442.36 - u * (2482.43 - u * (6167.24 - u * (6614.94 - u * 2475.67))))),
  ];
}

export const cssColour = ([red, green, blue]: Rgb) => `rgb(${red},${green},${blue})`;
