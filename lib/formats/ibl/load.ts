/** Probes of the International Brain Laboratory's public database: found by brain region, loaded by id. */

import { finite, integer, nonNegative, text } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import type { SourceContext } from '../../io/context.js';
import { checkLoadOptions } from '../../io/open-context.js';
import { type Transfer, transferOf } from '../../io/transfer.js';
import { runLoader, withContext } from '../../loading/context.js';
import { type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { Alyx } from './alyx.js';
import { readChannels } from './channels.js';
import { SessionFiles } from './files.js';
import { type IblOptions, type IblServers, iblOptionNames, resolveServers, uuid } from './options.js';
import { countByProbe, type ProbeStats } from './probes.js';
import { readIndexedSession, readSession, type SessionRecords, sessionMetadata } from './session.js';
import { chooseSpikes, readTrains, type SpikeFiles, spikeCollections } from './spikes.js';
import { readTrials } from './trials.js';
import { type GoodUnit, type GoodUnits, readGoodUnits, unitAttributes } from './units-table.js';

export type { IblOptions } from './options.js';
export type { ProbeStats } from './probes.js';

export interface QueryIblOptions extends IblOptions {
  /** Beryl acronyms, matched exactly. */
  targetRegions?: readonly string[];
  /** Good units that a probe needs. Default 0. */
  minUnits?: number;
  /** Share of them inside the target regions. Default 0; without target regions it means nothing. */
  minFractionInTarget?: number;
}

export interface LoadIblOptions extends IblOptions {
  /** Default: the last spike of the selected units. */
  lengthMs?: number;
  /** Where the spikes lie, e.g. `alf/probe00/pykilosort`. Default: the sorting of the probe that `pid` names. */
  collection?: string;
}

const queryNames: OptionNames<QueryIblOptions> = {
  targetRegions: true,
  minUnits: true,
  minFractionInTarget: true,
  ...iblOptionNames,
};
const loadNames: OptionNames<LoadIblOptions> = { lengthMs: true, collection: true, ...iblOptionNames };

/**
 * Probes of the Brain-Wide Map with their numbers of good units (as bwm_units of paper-brain-wide-map counts them), most units
 * first, then by eid and pid. Reads four columns of the units table and no spikes.
 *
 * @throws OptionError, NotFoundError, FormatError, RemoteError
 */
export async function queryIblProbes(
  options: QueryIblOptions = {},
): Promise<{ probes: [eid: string, pid: string][]; stats: ProbeStats[] }> {
  options = knownOptions(options, queryNames, 'queryIblProbes');
  checkLoadOptions(options);
  if (options.isolate) {
    const { callIsolated } = await import('../../loading/isolate/run.js');
    return (await callIsolated('queryIblProbes', [], options)) as Awaited<ReturnType<typeof queryIblProbes>>;
  }
  return withContext({ format: 'IBL' }, 'units table', options, async (context) => {
    const { targetRegions, minUnits = 0, minFractionInTarget = 0 } = options;
    nonNegative(minUnits, 'minUnits');
    if (finite(minFractionInTarget, 'minFractionInTarget') < 0 || minFractionInTarget > 1)
      throw new OptionError('minFractionInTarget', 'a number from 0 to 1', minFractionInTarget);
    const targets = targetRegions === undefined ? null : regionNames(targetRegions);
    const { units } = await readGoodUnits(resolveServers(options), transferOf(context), context);
    const stats = countByProbe(units, targets).filter(
      (probe) => probe.n_good_units >= minUnits && (probe.fraction_in_target ?? 1) >= minFractionInTarget,
    );
    return { probes: stats.map(({ eid, pid }) => [eid, pid]), stats };
  });
}

function regionNames(regions: unknown): Set<string> | null {
  if (!Array.isArray(regions) || !regions.every((region) => typeof region === 'string'))
    throw new OptionError('targetRegions', 'an array of Beryl acronyms', regions);
  return regions.length ? new Set(regions) : null;
}

/**
 * The good units of one probe, with trials, channels and what Alyx knows about session, subject and insertion.
 *
 * Units come in the order of bwm_units: by Beryl region, then as in the table. Times are in ms of the session clock.
 *
 * @param eid Session id. @param pid Insertion (probe) id, which must belong to that session.
 * @throws OptionError where the ids do not fit, or there are no spikes and no `lengthMs`; NotFoundError, FormatError, RemoteError
 */
export async function loadSpikeDataFromIbl(eid: string, pid: string, options: LoadIblOptions = {}): Promise<SpikeData> {
  const loader = { name: 'loadSpikeDataFromIbl', format: 'IBL' };
  options = knownOptions(options, loadNames, loader.name);
  return runLoader(loader, [eid, pid], options, async (context) => {
    const ids = { eid: uuid(eid, 'eid'), pid: uuid(pid, 'pid') };
    const { lengthMs, collection } = options;
    if (lengthMs !== undefined) nonNegative(finite(lengthMs, 'lengthMs'), 'lengthMs');
    if (collection !== undefined) text(collection, 'collection');
    return new ProbeLoad(ids, options, resolveServers(options), context).run();
  });
}

class ProbeLoad {
  readonly #transfer: Transfer;
  readonly #files: SessionFiles;

  constructor(
    private readonly ids: { eid: string; pid: string },
    private readonly options: LoadIblOptions,
    private readonly servers: IblServers,
    private readonly context: SourceContext,
  ) {
    this.#transfer = transferOf(context);
    this.#files = new SessionFiles(servers, context, this.#transfer);
  }

  async run(): Promise<SpikeData> {
    const { context, ids } = this;
    const good = await context.report.time('units', () => readGoodUnits(this.servers, this.#transfer, context));
    const units = this.#unitsOfProbe(good);
    integer(units.length, 'units', 0, context.limits.maxUnits);
    if (units.length === 0 && this.options.lengthMs === undefined) throw this.#noSpikes('has no good units');
    const alyx = new Alyx(this.servers, this.#transfer, context.report);
    const { indexTables } = this.servers;
    const records = await context.report.time('records', () =>
      indexTables ? readIndexedSession(indexTables, ids, alyx, context) : readSession(alyx, ids, context),
    );
    const neuronAttributes = units.length ? await unitAttributes(good, units) : [];
    const clusterIds = neuronAttributes.map((attributes) => attributes.cluster_id);
    const spikes = units.length ? this.#chooseSpikes(records, units.length) : null;
    const trains = spikes
      ? await context.report.time('spikes', () => readTrains(spikes, clusterIds, this.#files, context))
      : { times: new Float64Array(), offsets: new Float64Array(units.length + 1) };
    if (trains.times.length === 0 && this.options.lengthMs === undefined) throw this.#noSpikes('has no spikes');
    const lengthMs = this.options.lengthMs ?? lastSpike(trains);
    const extra = await this.#sessionData(records, spikes);
    const metadata = {
      ...this.ids,
      identifier: ids.eid,
      format: 'IBL',
      unit_count: units.length,
      duration_seconds: lengthMs / 1000,
      ...extra,
    };
    return spikeDataFromFlat(trains, { length: lengthMs, neuronAttributes, metadata });
  }

  #unitsOfProbe({ units }: GoodUnits): GoodUnit[] {
    const { eid, pid } = this.ids;
    const ofProbe = units.filter((unit) => unit.pid.toLowerCase() === pid);
    const other = ofProbe.find((unit) => unit.eid.toLowerCase() !== eid);
    if (other)
      throw new OptionError('pid', `an insertion of session ${eid}`, pid, `It belongs to session ${other.eid}.`);
    return ofProbe;
  }

  #chooseSpikes(records: SessionRecords, units: number): SpikeFiles | null {
    const { context, options, ids } = this;
    const collections = spikeCollections(records.datasets, records.probeName, options.collection);
    const chosen = chooseSpikes(records.datasets, collections, context);
    if (chosen) return chosen;
    const tried = collections.length
      ? `none of ${collections.join(', ')} has`
      : 'nothing tells which probe it is, so it has';
    const message = `session ${ids.eid}, probe ${ids.pid}: ${tried} spikes.times and spikes.clusters; ${units} units stay empty`;
    context.report.warning('no-spikes-found', message, units);
    return null;
  }

  async #sessionData(records: SessionRecords, spikes: SpikeFiles | null): Promise<Record<string, unknown>> {
    const { context } = this;
    const collection = spikes?.collection ?? this.options.collection;
    const [trials, channels] = await context.report.time('trials and channels', () =>
      allOrFirstFault([
        readTrials(records.datasets, this.#files, context),
        collection ? readChannels(records.datasets, collection, this.#files, context) : null,
      ]),
    );
    return { ...sessionMetadata(records), ...trials, ...(channels ? { electrodes_by_channel: channels } : {}) };
  }

  #noSpikes(why: string): OptionError {
    const expected = `given, since probe ${this.ids.pid} of session ${this.ids.eid} ${why}`;
    return new OptionError('lengthMs', expected, this.options.lengthMs);
  }
}

function lastSpike({ times, offsets }: { times: Float64Array; offsets: Float64Array }): number {
  let last = 0;
  for (let u = 1; u < offsets.length; u++)
    if (offsets[u] > offsets[u - 1]) last = Math.max(last, times[offsets[u] - 1]);
  return last;
}
