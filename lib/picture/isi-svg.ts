/** Intervals between spikes: all of them on a logarithmic axis, and of each unit the share that is too short for one neuron. */
import { frame } from './axes.js';
import { okabeIto } from './colours.js';
import { columnBox, columnFigure, columnTop, emptyPanel, type Titled } from './column.js';
import { isiHistogram, refractoryMs, shareBelow } from './isi.js';
import type { Box } from './raster-marks.js';
import { label, linearScale, shortLabel } from './scale.js';
import { faint } from './style.js';
import { element, px, textElement } from './svg.js';
import { bottomAxis, decadeMarks, leftAxis, logScale } from './value-axes.js';

interface IsiOptions extends Titled {
  /** What one train is. Default 'Unit'. */
  readonly rowName?: string;
}

const panelHeight = 190;
const shareHeight = 110;

export function isiSvg(trains: readonly ArrayLike<number>[], options: IsiOptions = {}): string {
  const box = columnBox(columnTop + 14, panelHeight);
  const parts = [histogramPanel(trains, box)];
  let height = box.y + box.height + 52;
  if (trains.length > 1) {
    const below = columnBox(height + 12, shareHeight);
    parts.push(sharePanel(trains, below, options.rowName ?? 'Unit'));
    height = below.y + below.height + 52;
  }
  return columnFigure(height, options, parts);
}

function histogramPanel(trains: readonly ArrayLike<number>[], box: Box): string {
  const { edgesMs, counts, intervals, zeros } = isiHistogram(trains);
  const x = logScale(edgesMs[0], edgesMs[edgesMs.length - 1], box.x, box.x + box.width);
  const most = counts.reduce((top, n) => Math.max(top, n), 0) || 1;
  const y = linearScale(0, most * 1.05, box.y + box.height, box.y);
  const axes = [
    bottomAxis(x, box, 'Interval between spikes (ms)', { marks: thinned(decadeMarks(x), box.width) }),
    leftAxis(y, box, ['Intervals'], { minStep: 1 }),
    frame(box),
  ];
  if (!intervals) return [...axes, emptyPanel(box, 'no two spikes in one train')].join('\n');
  let d = `M${px(box.x)} ${px(y(0))}`;
  counts.forEach((n, i) => {
    d += `V${px(y(n))}H${px(x(edgesMs[i + 1]))}`;
  });
  const bars = element('path', {
    d: `${d}V${px(y(0))}Z`,
    fill: okabeIto.sky,
    stroke: okabeIto.blue,
    'stroke-width': 1,
  });
  const below = trains.reduce((sum, train) => sum + countBelow(train), 0);
  const line = x(refractoryMs);
  const limit = element('path', {
    d: `M${px(line)} ${px(box.y - 6)}V${px(box.y + box.height)}`,
    stroke: okabeIto.vermillion,
    'stroke-width': 1.5,
    'stroke-dasharray': '5 3',
  });
  const said = `${percent(below / intervals)} of ${label(intervals)} below ${refractoryMs} ms`;
  const note = textElement(said, line + 6, box.y - 1, { fill: okabeIto.vermillion, 'font-size': 12.5 });
  const lost = zeros ? `${shortLabel(zeros)} of 0 ms are not in the bars` : '';
  const end = { 'text-anchor': 'end', fill: faint, 'font-size': 11.5 };
  return [bars, limit, note, textElement(lost, box.x + box.width, box.y + 14, end), ...axes].join('\n');
}

const countBelow = (train: ArrayLike<number>) => Math.round((shareBelow(train) || 0) * Math.max(train.length - 1, 0));

/** 0.0234 → '2.3 %'. */
const percent = (share: number) => `${(100 * share).toLocaleString('en-US', { maximumSignificantDigits: 2 })} %`;

/** Numbers at all powers of ten, or at every second where they are too many. */
function thinned(marks: ReturnType<typeof decadeMarks>, width: number): ReturnType<typeof decadeMarks> {
  const decades = marks.filter(({ text }) => text);
  const step = Math.ceil(decades.length / (width / 48));
  return marks.map((mark) => (mark.text && decades.indexOf(mark) % step ? { ...mark, text: '' } : mark));
}

function sharePanel(trains: readonly ArrayLike<number>[], box: Box, rowName: string): string {
  const shares = trains.map((train) => 100 * shareBelow(train));
  const top = shares.reduce((most, share) => Math.max(most, share || 0), 0) || 1;
  const x = linearScale(-0.5, trains.length - 0.5, box.x, box.x + box.width);
  const y = linearScale(0, top * 1.08, box.y + box.height, box.y);
  const stem = Math.min(4, Math.max(1, (0.7 * box.width) / trains.length));
  const d = shares.map((share, i) => (share > 0 ? `M${px(x(i))} ${px(y(0))}V${px(y(share))}` : '')).join('');
  return [
    d ? element('path', { d, stroke: okabeIto.vermillion, 'stroke-width': stem }) : emptyPanel(box, 'none'),
    leftAxis(y, box, [`Below ${refractoryMs} ms`, '(%)']),
    bottomAxis(x, box, rowName, { minStep: 1 }),
    frame(box),
  ].join('\n');
}
