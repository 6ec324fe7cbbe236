/** Which side of two-dimensional traces is time: decided here for every format, loader and command. */
import type { ReportBuilder } from '../core/report.js';

export type Layout = 'time-channels' | 'channels-time';

export interface OrientationClues {
  /** What the traces are called in findings. */
  what: string;
  /** What the user says: then nothing else counts. */
  layout?: Layout;
  /** How many samples and channels the file says there are, where it does. */
  samples?: number;
  channels?: number;
  /** How the format means them: for squares, and so that traces which lie otherwise are told of. */
  usual?: Layout;
  /** How squares are read where nothing else says. Default 'channels-time', as SpikeLab stores traces. */
  square?: Layout;
}

type Report = Pick<ReportBuilder, 'warning'>;

/** Sides that differ less than this many times leave a guess open to doubt. */
const clearRatio = 10;

/** What the user says, else what the file counts, else the longer side is time; squares lie as is usual. */
export function layoutOf([rows, columns]: readonly number[], clues: OrientationClues, report: Report): Layout {
  const { what, layout, samples, channels, usual } = clues;
  if (layout) return layout;
  if (rows === columns) return squareLayout(rows, clues, report);
  const counted = sideOf(samples, rows, columns) ?? sideOf(channels, columns, rows);
  const timeFirst = counted ?? rows > columns;
  const found = timeFirst ? 'time-channels' : 'channels-time';
  const shape = `${what} has shape (${rows}, ${columns})`;
  if (usual && found !== usual) {
    report.warning('orientation-turned', `${shape} and is read as ${named(found)}; give layout to be sure`);
  } else if (counted === undefined && !usual && Math.max(rows, columns) < clearRatio * Math.min(rows, columns)) {
    report.warning('orientation-guessed', `${shape}: taken as ${named(found)}; give layout to be sure`);
  }
  return found;
}

/** For traces that are (channels, samples) by definition: a finding where they look turned. */
export function noteTurned([rows, columns]: readonly number[], what: string, report: Report): void {
  if (rows <= columns) return;
  const message = `${what} has shape (${rows}, ${columns}) and is read as (channels, samples), as SpikeLab does; if it is (samples, channels), use detectSpikes`;
  report.warning('orientation-doubtful', message);
}

function squareLayout(side: number, { what, usual, square }: OrientationClues, report: Report): Layout {
  const found = usual ?? square ?? 'channels-time';
  // one sample of one channel lies both ways; formats that say how they lie need no guess
  if (side > 1 && !usual) {
    const message = `${what} has shape (${side}, ${side}): taken as ${named(found)}; give layout to be sure`;
    report.warning('orientation-guessed', message);
  }
  return found;
}

/** true where the count is that of this side, false where it is that of the other. */
function sideOf(count: number | undefined, side: number, other: number): boolean | undefined {
  return count === side ? true : count === other ? false : undefined;
}

const named = (layout: Layout) => (layout === 'time-channels' ? '(samples, channels)' : '(channels, samples)');
