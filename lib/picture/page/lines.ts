/** Plots of lines by uPlot, in the colours of the theme. */
import uPlot from 'uplot';
import { shortLabel } from '../scale.js';
import { font } from './element.js';
import type { Theme } from './theme.js';

export interface LinePlotOptions {
  readonly left: number;
  readonly xName?: string;
  readonly yName: string;
  readonly logX?: boolean;
  readonly height: number;
  readonly kind: 'line' | 'steps' | 'points';
  /** Draws over the lines. */
  readonly over?: (plot: uPlot) => void;
  /** Least and greatest of y, where 0 … the most will not do. */
  readonly yRange?: (plot: uPlot, least: number, most: number) => [number, number];
}

export type LinePlot = uPlot;

/** 15000 → 15k: the numbers of y have room for four letters. */
const compact = (_plot: uPlot, values: (number | null)[]) =>
  values.map((value) => (value === null ? null : shortLabel(value)));

export function linePlot(parent: HTMLElement, theme: Theme, options: LinePlotOptions): LinePlot {
  const grid = { stroke: theme.grid, width: 1 };
  // short: four letters and the axis' name share 46 pixels
  const axis = { stroke: theme.text, grid, ticks: { stroke: theme.grid, size: 4 }, gap: 4, font };
  const paths = options.kind === 'steps' ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const upTo = (_plot: uPlot, _least: number, most: number): [number, number] => [0, (most || 1) * 1.05];
  const series: uPlot.Series = {
    stroke: theme.line,
    width: 1,
    points: { show: options.kind === 'points', size: 3, fill: theme.line, stroke: theme.line },
    ...(options.kind === 'points' ? { paths: () => null } : paths ? { paths } : {}),
    ...(options.kind === 'steps' ? { fill: `${theme.line}55` } : {}),
  };
  const plot: uPlot = new uPlot(
    {
      width: Math.max(80, parent.clientWidth),
      height: options.height,
      legend: { show: false },
      cursor: { show: false },
      // without an axis of x below it, the lower half of the label at 0 has no other place
      padding: [8, 18, options.xName === undefined ? 8 : 0, 0],
      scales: {
        x: { time: false, auto: false, ...(options.logX ? { distr: 3 as const } : {}) },
        y: { range: options.yRange ?? upTo },
      },
      axes: [
        {
          ...axis,
          show: options.xName !== undefined,
          label: options.xName,
          labelSize: 18,
          labelFont: font,
          size: 32,
          ...(options.logX ? { values: compact } : {}),
        },
        { ...axis, label: options.yName, labelSize: 18, labelFont: font, size: options.left - 18, values: compact },
      ],
      series: [{}, series],
      hooks: { draw: options.over ? [options.over] : [] },
    },
    [[], []],
    parent,
  );
  return plot;
}
