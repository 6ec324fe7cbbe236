/** The header of Intan's RHD2000 and RHS2000 software: versions 1.0 to 3.x of both. Source: Intan's file format notes. */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../io/fields.js';
import { headOf } from '../../io/part-file.js';
import { checkRate } from '../../recordings/streams.js';

export type IntanKind =
  | 'amplifier'
  | 'auxiliary'
  | 'supply'
  | 'analogin'
  | 'analogout'
  | 'dcamplifier'
  | 'stim'
  | 'digitalin'
  | 'digitalout';

export interface IntanHeader {
  path: string;
  device: 'RHD' | 'RHS';
  version: string;
  fsHz: number;
  /** What the analogue inputs measure. */
  boardMode: number;
  temperatures: number;
  /** Native names of the enabled channels: only these are stored. */
  names: Readonly<Record<IntanKind, readonly string[]>>;
  /** Bytes of the header. */
  bytes: number;
  size: number;
  /** Samples in a block of a single file. */
  blockSamples: number;
}

export const magics = { RHD: 0xc6912702, RHS: 0xd69127ac } as const;
/** A channel takes some 80 bytes, and a controller has at most 1024 amplifiers. */
const mostHeaderBytes = 2 ** 22;

const kindsOf: Record<IntanHeader['device'], Readonly<Record<number, IntanKind>>> = {
  RHD: { 0: 'amplifier', 1: 'auxiliary', 2: 'supply', 3: 'analogin', 4: 'digitalin', 5: 'digitalout' },
  RHS: { 0: 'amplifier', 3: 'analogin', 4: 'analogout', 5: 'digitalin', 6: 'digitalout' },
};

/** @throws FormatError for another magic number or a header that is cut, UnsupportedError for versions that are not known */
export async function readIntanHeader(path: string): Promise<IntanHeader> {
  const { head, size } = await headOf(path, mostHeaderBytes);
  const fields = new Fields(head, path);
  const magic = fields.u32();
  if (magic !== magics.RHD && magic !== magics.RHS) {
    const expected = `${path} must begin with Intan's magic number c6912702 (RHD) or d69127ac (RHS)`;
    throw new FormatError(`${expected}, found ${magic.toString(16).padStart(8, '0')}`, { path, location: 'byte 0' });
  }
  const device = magic === magics.RHD ? 'RHD' : 'RHS';
  const [major, minor] = [fields.i16(), fields.i16()];
  const version = `${major}.${minor}`;
  if (major < 1 || major > 3) {
    throw new UnsupportedError(
      `Intan ${device} ${version}`,
      `${path} has version ${version} of Intan's ${device} format; versions 1 to 3 are read`,
    );
  }
  const newer = (than: number) => major + minor / 100 >= than;
  const fsHz = checkRate(fields.f32(), path, 'sample rate');
  const settings = device === 'RHD' ? rhdSettings(fields, newer) : rhsSettings(fields);
  const names = namesOf(fields, device, path);
  if (settings.dcSaved) names.dcamplifier = names.amplifier;
  if (device === 'RHS') names.stim = names.amplifier;
  const blockSamples = device === 'RHD' && major < 2 ? 60 : 128;
  return { path, device, version, fsHz, ...settings, names, bytes: fields.at, size, blockSamples };
}

function rhdSettings(fields: Fields, newer: (than: number) => boolean) {
  // filters: on or off, six frequencies, notch, two frequencies of the impedance test
  fields.skip(2 + 6 * 4 + 2 + 2 * 4);
  for (let note = 0; note < 3; note++) qString(fields);
  const temperatures = newer(1.01) ? fields.i16() : 0;
  const boardMode = newer(1.03) ? fields.i16() : 0;
  if (newer(2)) qString(fields);
  return { temperatures: Math.max(0, temperatures), boardMode, dcSaved: false };
}

function rhsSettings(fields: Fields) {
  fields.skip(2 + 8 * 4 + 2 + 2 * 4 + 2 + 2 + 3 * 4);
  for (let note = 0; note < 3; note++) qString(fields);
  const dcSaved = fields.i16() !== 0;
  const boardMode = fields.i16();
  qString(fields);
  return { temperatures: 0, boardMode, dcSaved };
}

/** Qt's texts: a length in bytes, which is 2^32 - 1 for none, then UTF-16. */
function qString(fields: Fields): string {
  const length = fields.u32();
  return length === 0xffffffff ? '' : fields.utf16(length);
}

type Names = Record<IntanKind, string[]>;

function namesOf(fields: Fields, device: IntanHeader['device'], path: string): Names {
  const names: Names = {
    ...{ amplifier: [], auxiliary: [], supply: [], analogin: [], analogout: [] },
    ...{ dcamplifier: [], stim: [], digitalin: [], digitalout: [] },
  };
  const groups = fields.i16();
  for (let group = 0; group < groups; group++) {
    qString(fields);
    qString(fields);
    const [enabled, count] = [fields.i16(), fields.i16()];
    fields.skip(2);
    if (!enabled) continue;
    for (let channel = 0; channel < count; channel++) {
      const name = qString(fields);
      qString(fields);
      fields.skip(4);
      const [type, used] = [fields.i16(), fields.i16()];
      // chip and board of the channel, its trigger, and its impedance
      fields.skip((device === 'RHD' ? 2 : 3) * 2 + 4 * 2 + 2 * 4);
      const kind = kindsOf[device][type];
      if (!kind) {
        const known = Object.keys(kindsOf[device]).join(', ');
        throw new FormatError(`${path} must give channels a type of ${known}, found ${type} for ${name}`, {
          path,
          location: `group ${group}, channel ${channel}`,
        });
      }
      if (used) names[kind].push(name);
    }
  }
  return names;
}
