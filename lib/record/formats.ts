/** All formats of raw recordings, one a line, in the order in which they are tried. */
import { FormatError } from '../errors.js';
import { binary } from './binary.js';
import type { RecordContext, RecordingFormat, RecordPlace } from './format.js';
import { hdf5 } from './hdf5.js';
import { maxwell } from './maxwell.js';
import { mcs } from './mcs.js';
import { npy } from './npy.js';
import { nwb } from './nwb.js';
import { openephys } from './openephys.js';
import { spikeglx } from './spikeglx.js';
import { spikeinterface } from './spikeinterface.js';

const formats = {
  maxwell,
  mcs,
  nwb,
  hdf5,
  npy,
  spikeinterface,
  openephys,
  spikeglx,
  binary,
} as const satisfies Record<string, RecordingFormat>;

export type RecordingFormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as RecordingFormatName[];

/** The named format, or the first that recognises what is there. */
export async function chooseFormat(place: RecordPlace, context: RecordContext): Promise<RecordingFormat> {
  const { format } = context.options;
  if (format) return formats[format];
  for (const candidate of Object.values(formats)) if (await candidate.recognise(place, context)) return candidate;
  const marks = formatNames.map((name) => `${name}: ${formats[name].marks}`).join('; ');
  const kind = place.isFolder ? 'folder' : 'file';
  throw new FormatError(`The ${kind} ${place.path} is no recording that is known; looked for ${marks}`, place);
}
