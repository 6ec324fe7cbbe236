/** What Alyx knows about a session, its subject and its probe: read as far as it answers. */

import { FormatError, NotFoundError, OptionError, RemoteError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import type { Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import type { Alyx, Json } from './alyx.js';
import { type Dataset, datasetsOf } from './datasets.js';
import { readIndex } from './index-tables.js';

export interface SessionRecords {
  session: Json | null;
  subject: Json | null;
  insertion: Json | null;
  trajectory: Json | null;
  /** Name of the probe that pid means, e.g. probe01; null where nothing tells. */
  probeName: string | null;
  datasets: Dataset[];
}

type Ids = { eid: string; pid: string };

export async function readSession(alyx: Alyx, { eid, pid }: Ids, context: SourceContext): Promise<SessionRecords> {
  const optional = <T>(what: string, read: Promise<T>) => read.catch((error) => noteMissing(context, what, error));
  const [session, trajectories] = await allOrFirstFault([
    optional('session', alyx.get(`/sessions/${eid}`)),
    optional('trajectories', alyx.list(`/trajectories?probe_insertion=${pid}`)),
  ]);
  const listed = insertionOf(session, pid);
  const insertion = listed ?? (await optional('insertion', alyx.get(`/insertions/${pid}`)));
  checkPair(insertion, { eid, pid }, session);
  const nickname = textOf(session?.subject);
  const [subject, datasets] = await allOrFirstFault([
    nickname ? optional('subject', alyx.get(`/subjects/${encodeURIComponent(nickname)}`)) : null,
    session ? datasetsOf(session.data_dataset_session_related) : listDatasets(alyx, eid),
  ]);
  return { session, subject, insertion, trajectory: best(trajectories), probeName: textOf(insertion?.name), datasets };
}

/** The list that does not need the session's own record. */
async function listDatasets(alyx: Alyx, eid: string): Promise<Dataset[]> {
  return datasetsOf(await alyx.list(`/datasets?session=${eid}&exists=True`));
}

/** The same out of index tables: no subject, insertion or trajectory is known there. */
export async function readIndexedSession(
  source: Source,
  { eid }: Ids,
  alyx: Alyx,
  context: SourceContext,
): Promise<SessionRecords> {
  const { session, datasets } = await readIndex(source, eid, alyx, context);
  const probes = new Set(datasets.flatMap((d) => /^alf\/(probe[^/]*)/.exec(d.collection)?.[1] ?? []));
  const probeName = probes.size === 1 ? [...probes][0] : null;
  const nickname = textOf(session.subject);
  const subject = nickname ? { nickname } : null;
  return { session, subject, insertion: null, trajectory: null, probeName, datasets };
}

function insertionOf(session: Json | null, pid: string): Json | null {
  const listed = session?.probe_insertion;
  if (!Array.isArray(listed)) return null;
  return (listed as Json[]).find((insertion) => textOf(insertion?.id)?.toLowerCase() === pid) ?? null;
}

/** A pid of another session would read another animal's spikes. */
function checkPair(insertion: Json | null, { eid, pid }: Ids, session: Json | null): void {
  const of = textOf(insertion?.session);
  if (of && !of.toLowerCase().endsWith(eid)) {
    throw new OptionError('pid', `an insertion of session ${eid}`, pid, `It belongs to session ${of.slice(-36)}.`);
  }
  if (insertion || !Array.isArray(session?.probe_insertion)) return;
  const probes = (session.probe_insertion as Json[]).map((probe) => `${probe?.name} ${probe?.id}`);
  if (probes.length)
    throw new OptionError('pid', `an insertion of session ${eid}`, pid, `The session has ${probes.join(', ')}.`);
}

const provenances = ['Planned', 'Micro-manipulator', 'Histology track', 'Ephys aligned histology track'];

function best(trajectories: Json[] | null): Json | null {
  const rank = (trajectory: Json) => provenances.indexOf(String(trajectory.provenance));
  return trajectories?.reduce<Json | null>((a, b) => (a && rank(a) >= rank(b) ? a : b), null) ?? null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Metadata is worth having, not worth failing for; the login is another matter. */
function noteMissing({ report, signal }: SourceContext, what: string, error: unknown): null {
  signal?.throwIfAborted();
  const refused = error instanceof RemoteError && /auth-token/.test(error.url);
  const known = error instanceof NotFoundError || error instanceof RemoteError || error instanceof FormatError;
  if (refused || !known) throw error;
  report.info('record-not-read', `the ${what} record could not be read: ${error.message}`);
  return null;
}

const sessionFields = {
  start_time: 'session_start_time',
  end_time: 'session_end_time',
  lab: 'lab',
  task_protocol: 'task_protocol',
  project: 'project',
  projects: 'projects',
  number: 'session_number',
  procedures: 'procedures',
  qc: 'qc',
};
const subjectFields = {
  nickname: 'subject_id',
  species: 'species',
  sex: 'sex',
  birth_date: 'date_of_birth',
  age_weeks: 'age_weeks',
  strain: 'strain',
  genotype: 'genotype',
  responsible_user: 'responsible_user',
};
const insertionFields = { name: 'probe_name', model: 'probe_model', serial: 'probe_serial' };
const trajectoryFields = {
  x: 'insertion_x',
  y: 'insertion_y',
  z: 'insertion_z',
  theta: 'insertion_theta',
  phi: 'insertion_phi',
  depth: 'insertion_depth',
  provenance: 'insertion_provenance',
};

/** Metadata under SpikeLab's names; what is null in the records is left out. Insertion in µm from bregma and degrees. */
export function sessionMetadata({ session, subject, insertion, trajectory }: SessionRecords): Record<string, unknown> {
  return {
    ...renamed(session, sessionFields),
    ...renamed(subject, subjectFields),
    ...renamed(insertion, insertionFields),
    ...renamed(insertion?.json as Json | null, trajectoryFields),
    ...renamed(trajectory, trajectoryFields),
  };
}

function renamed(record: Json | null | undefined, names: Record<string, string>): Record<string, unknown> {
  const entries = Object.entries(names).flatMap(([from, to]) => {
    const value = record?.[from];
    return value === null || value === undefined ? [] : [[to, value] as const];
  });
  return Object.fromEntries(entries);
}
