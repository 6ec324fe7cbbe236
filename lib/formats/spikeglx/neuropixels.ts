/**
 * Neuropixels probes by part number: where their sites are, and gains that are fixed.
 *
 * Sources: ProbeTable (github.com/billkarsh/ProbeTable), the table that SpikeGLX itself uses, and for the dense probes NP1100 to
 * NP1123 the same numbers in SpikeGLX_Datafile_Tools (github.com/jenniferColonell/SpikeGLX_Datafile_Tools). Parts that are in
 * neither copy at hand are left out: their places come from snsGeomMap, which SpikeGLX writes since 2023.
 */

/** µm from the left edge of a shank to the first column, in even and odd rows; steps of columns, rows and shanks. */
export interface SiteGrid {
  even: number;
  odd: number;
  x: number;
  z: number;
  columns: number;
  shankPitch: number;
}

const grid = (even: number, odd: number, x: number, z: number, columns = 2, shankPitch = 0): SiteGrid => ({
  even,
  odd,
  x,
  z,
  columns,
  shankPitch,
});

const staggered = grid(27, 11, 32, 20);
const oneShank = grid(27, 27, 32, 15);
const fourShanks = grid(27, 27, 32, 15, 2, 250);

const grids: [RegExp, SiteGrid][] = [
  [/^(3A|PRB_1_\d_0480_\d(_C)?|NP100[01]|NP101[0-4])$/, staggered],
  [/^NP101[567]$/, grid(27, 27, 32, 20)],
  [/^NP10[23][01]$/, grid(27, 11, 87, 20)],
  [/^NP10[23]2$/, grid(11, 11, 103, 20)],
  [/^NP11[01]0$/, grid(14, 14, 6, 6, 8)],
  [/^NP1120$/, grid(6.75, 6.75, 4.5, 4.5, 2)],
  [/^NP1121$/, grid(6.25, 6.25, 3, 3, 1)],
  [/^NP1122$/, grid(12.5, 12.5, 3, 3, 16)],
  [/^NP1123$/, grid(10.25, 10.25, 4.5, 4.5, 12)],
  [/^NP1200$/, grid(56.5, 36.5, 32, 31)],
  [/^NP1300$/, grid(11, 11, 48, 20)],
  [/^(NP200[034]|PRB2_1_\d_0(480|640)_\d)$/, oneShank],
  [/^NP2006$/, grid(27, 11, 32, 15)],
  [/^(NP201[034]|NP202[012]|PRB2_4_\d_0(480|640)_\d)$/, fourShanks],
];

/** Of files that name no part: what the type of the imro table stands for, where that is one geometry only. */
const partsByType: Record<string, string> = {
  0: 'NP1000',
  21: 'NP2000',
  24: 'NP2010',
  1100: 'NP1100',
  1110: 'NP1110',
  1120: 'NP1120',
  1121: 'NP1121',
  1122: 'NP1122',
  1123: 'NP1123',
  1200: 'NP1200',
  1300: 'NP1300',
  2003: 'NP2003',
  2004: 'NP2004',
  2013: 'NP2013',
  2014: 'NP2014',
  2020: 'NP2020',
  2021: 'NP2021',
  2022: 'NP2022',
};

export function siteGrid(part: string, type: string): SiteGrid | undefined {
  const name = part || partsByType[type];
  return name === undefined ? undefined : grids.find(([parts]) => parts.test(name))?.[1];
}

/** Gain and steps of half the range of probes that convert the full band: their imro tables have no gains. */
export interface FixedGain {
  gain: number;
  steps: number;
}

/** The first of the 2.0 family have 14 bits; the later ones and the 3.0 family 12. */
const first: FixedGain = { gain: 80, steps: 8192 };
const later: FixedGain = { gain: 100, steps: 2048 };

const fixedGains: [RegExp, FixedGain][] = [
  [/^(NP20[01]0|PRB2_.*)$/, first],
  [/^(NP20(0[3-9]|1[3-9]|2\d)|NP30[1-9]\d)$/, later],
];

const fixedTypes: [RegExp, FixedGain][] = [
  [/^2[14]$/, first],
  [/^(20(0[3-9]|1[3-9]|2\d)|30[1-9]\d)$/, later],
];

/** By part number; old SpikeGLX wrote type 0 for probes that it did not know. */
export function fixedGain(part: string, type: string): FixedGain | undefined {
  const find = (table: [RegExp, FixedGain][], name: string) => table.find(([names]) => names.test(name))?.[1];
  return find(fixedGains, part) ?? find(fixedTypes, type);
}
