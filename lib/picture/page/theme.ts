/** Light and dark. Colours of lines are Okabe and Ito's; counts go from the ground through cividis. */
import { cividis } from '../colours.js';

export interface Theme {
  readonly name: 'light' | 'dark';
  /** 256 × red, green, blue, alpha. */
  readonly palette: Uint8Array;
  readonly ink: readonly [number, number, number];
  readonly text: string;
  readonly grid: string;
  readonly line: string;
  readonly alarm: string;
  readonly selected: string;
}

/** The ground, then 255 colours; a single spike has to stand out from the ground. */
function paletteOf(ground: readonly number[], dark: boolean): Uint8Array {
  const bytes = new Uint8Array(4 * 256);
  bytes.set([...ground, 255]);
  for (let i = 1; i < 256; i++) {
    const share = (i - 1) / 254;
    bytes.set([...cividis(dark ? 0.18 + 0.82 * share : 0.88 - 0.88 * share), 255], 4 * i);
  }
  return bytes;
}

const themes: Record<Theme['name'], Theme> = {
  light: {
    ...{ name: 'light', palette: paletteOf([255, 255, 255], false), ink: [22, 32, 46], text: '#16202e' },
    ...{ grid: '#e4e9ef', line: '#0072b2', alarm: '#d55e00', selected: 'rgba(230,159,0,0.28)' },
  },
  dark: {
    ...{ name: 'dark', palette: paletteOf([16, 20, 27], true), ink: [226, 232, 240], text: '#dbe2ea' },
    ...{ grid: '#2a323d', line: '#56b4e9', alarm: '#e69f00', selected: 'rgba(0,158,115,0.38)' },
  },
};

/** As the system has it, until the button is pressed. */
export function themeNow(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return themes[chosen];
  return themes[matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'];
}

export function switchTheme(): void {
  document.documentElement.dataset.theme = themeNow().name === 'dark' ? 'light' : 'dark';
}
