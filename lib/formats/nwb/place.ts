/** Where an electrode of an NWB file is: one rule for loaders, recordings and exports. */

/** Columns of the electrodes table, by row. */
export interface PlaceColumns {
  x?: Float64Array;
  y?: Float64Array;
  z?: Float64Array;
  rel_x?: Float64Array;
  rel_y?: Float64Array;
  rel_z?: Float64Array;
}

/**
 * `rel_x`, `rel_y`, `rel_z` are places on the probe (µm), `x`, `y`, `z` places in the brain (in whatever frame the file has).
 */
export type Space = 'probe' | 'brain';

/**
 * The space that a table's places are taken from: that of the probe where any row has a place there, as that is what
 * neighbourhood and pictures of a probe need, else that of the brain. One for the whole table: places of two spaces side by
 * side mean nothing. Undefined: no row has a place.
 */
export function spaceOf(columns: PlaceColumns): Space | undefined {
  const anywhere = (axes: readonly (Float64Array | undefined)[]) => axes.some((axis) => axis?.some(Number.isFinite));
  if (columns.rel_x && columns.rel_y && anywhere([columns.rel_x, columns.rel_y])) return 'probe';
  return anywhere([columns.x, columns.y, columns.z]) ? 'brain' : undefined;
}

/** Coordinates of a row, as many as the table has columns that say anything; undefined where none of them is a number here. */
export function placeIn(space: Space, columns: PlaceColumns, row: number): number[] | undefined {
  const { x, y, z, rel_x, rel_y, rel_z } = columns;
  const axes = (space === 'probe' ? [rel_x, rel_y, rel_z] : [x, y, z]).filter((axis) => axis !== undefined);
  // writers fill an axis that they do not know with NaN
  while (axes.length > 2 && !axes[axes.length - 1].some(Number.isFinite)) axes.pop();
  const place = axes.map((axis) => axis[row]);
  return place.some(Number.isFinite) ? place : undefined;
}
