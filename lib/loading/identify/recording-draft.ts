/** What `identify` says of recordings that are told apart by their streams. */
import { type Draft, type Part, recordingLines, span } from './identification.js';
import type { Look } from './look.js';

export interface SeenStream {
  name: string;
  channels: number;
  samples?: number;
  fsHz?: number;
}

/** A recording with these streams: `dataset` names one where there are several. */
export function recordingDraft(
  format: string,
  look: Pick<Look, 'path' | 'isFolder'>,
  streams: readonly SeenStream[],
  details: Record<string, string | number>,
): Draft {
  const several = streams.length > 1;
  const parts: Part[] = streams.map(({ name, channels, samples, fsHz }) => ({
    name,
    options: several ? { dataset: name } : {},
    channels,
    ...(samples === undefined ? {} : { samples }),
    ...(fsHz ? { fsHz } : {}),
    ...span(samples, fsHz),
  }));
  return {
    format,
    what: 'recording',
    readable: parts.length > 0,
    whole: look.isFolder,
    details,
    parts,
    ...recordingLines(look.path, parts),
    advice: parts.length ? null : 'It holds no samples: they may lie in files that were not copied with it',
  };
}
