/** The root of an NWB file: what the schema demands, filled from the metadata as far as they know it. */
import { randomUUID } from 'node:crypto';
import { scalar, text, texts } from '../../containers/hdf5/draft.js';
import type { SpikeData } from '../../spike-data/spike-data.js';
import type { NwbDraft } from './write-draft.js';

/** The schema that the files are written by, and validated with. */
const nwbVersion = '2.6.0';
const groups = ['acquisition', 'analysis', 'general', 'processing', 'stimulus/presentation', 'stimulus/templates'];
const subjectFields = ['subject_id', 'species', 'sex', 'age', 'date_of_birth'];

export function writeSession(draft: NwbDraft, sd: SpikeData): void {
  const { metadata } = sd;
  const start = zonedTime(metadata.session_start_time) ?? '1970-01-01T00:00:00.000000+00:00';
  draft
    .typed('/', 'NWBFile')
    .attribute('/', 'nwb_version', text(nwbVersion))
    // where SpikeLab keeps what NWB has no place for
    .attribute('/', 'start_time', scalar(sd.startTime))
    .attribute('/', 'length_ms', scalar(sd.length))
    .dataset('/identifier', text(textOf(metadata.identifier) ?? randomUUID()))
    .dataset('/session_description', text(textOf(metadata.session_description) ?? 'Spike trains written by spikelab'))
    .dataset('/session_start_time', text(start))
    .dataset('/timestamps_reference_time', text(start))
    .dataset('/file_create_date', texts([new Date().toISOString()]));
  for (const group of groups) draft.group(`/${group}`);
  writeSubject(draft, metadata);
}

function writeSubject(draft: NwbDraft, metadata: Record<string, unknown>): void {
  const known = subjectFields
    .map((field) => [field, field === 'date_of_birth' ? zonedTime(metadata[field]) : textOf(metadata[field])] as const)
    .filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (known.length === 0) return;
  const path = '/general/subject';
  draft.group(path).typed(path, 'Subject');
  for (const [field, value] of known) draft.dataset(`${path}/${field}`, text(value));
}

export function textOf(value: unknown): string | undefined {
  const plain = typeof value === 'number' ? String(value) : value;
  return typeof plain === 'string' && plain !== '' && !plain.includes('\0') ? plain : undefined;
}

/** ISO 8601 with a zone, which readers insist on; a time without one is taken for UTC. */
function zonedTime(value: unknown): string | undefined {
  const plain = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
  if (typeof plain !== 'string') return undefined;
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(plain.trim());
  return found ? `${found[1]}T${found[2] ?? '00:00:00'}${found[3] ?? '+00:00'}` : undefined;
}

/** Names in HDF5 hold no slash. */
export function objectName(name: string): string {
  const clean = name.replaceAll('/', '-').replaceAll('\0', '');
  return clean === '' || clean === '.' || clean === '..' ? `_${clean}` : clean;
}
