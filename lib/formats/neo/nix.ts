/** NIX files (HDF5) as Neo writes them, versions 1.0 to 1.2: spike trains are multi_tags of their block. */

import type { Hdf5AttributeValue } from '../../addon/hdf5-contract.js';
import { type Hdf5File, openHdf5 } from '../../containers/hdf5/file.js';
import { FormatError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import type { SourceContext } from '../../io/context.js';
import type { UnitScale } from '../../spike-data/neo-time-units.js';
import { type NeoIndices, type NeoSegment, type NeoTrain, pick } from './train.js';
import { timeScale } from './units.js';

export async function readNix(path: string, wanted: NeoIndices, context: SourceContext): Promise<NeoSegment> {
  const file = await openHdf5(path, { limits: context.limits });
  try {
    const root = await file.attributes('/');
    if (root.format !== 'nix') {
      throw new FormatError(`An HDF5 file of format 'nix' was expected at ${path}, found ${root.format ?? 'none'}`, {
        path,
      });
    }
    return await new NixReader(file, path, context).segment(wanted);
  } finally {
    file.close();
  }
}

interface Member {
  path: string;
  /** Place in the order of creation in its group, where the file keeps it. */
  made: number | undefined;
  attributes: Record<string, Hdf5AttributeValue>;
}

class NixReader {
  constructor(
    private readonly file: Hdf5File,
    private readonly path: string,
    private readonly context: SourceContext,
  ) {}

  async segment(wanted: NeoIndices): Promise<NeoSegment> {
    const block = pick('block', await this.#byAge('/data', 'neo.block'), wanted.block, this.path, this.context);
    const segments = await this.#byAge(`${block.path}/groups`, 'neo.segment');
    const segment = pick('segment', segments, wanted.segment, this.path, this.context);
    // the segment holds the same objects as the block, named by their ids
    const trains: NeoTrain[] = [];
    for (const tag of await this.#byAge(`${segment.path}/multi_tags`, 'neo.spiketrain')) {
      this.context.signal?.throwIfAborted();
      trains.push(await this.#train(tag));
    }
    return { trains, metadata: { ...(await this.#described(block)), ...(await this.#described(segment)) } };
  }

  async #members(group: string): Promise<Member[]> {
    if (!(await this.file.has(group))) return [];
    const entries = await this.file.list(group);
    const groups = entries.filter(({ kind }) => kind === 'group');
    return allOrFirstFault(
      groups.map(async ({ name, made }) => {
        const path = `${group}/${name}`;
        return { path, made, attributes: await this.file.attributes(path) };
      }),
    );
  }

  /** Members of a type, what was made first coming first: their names are random ids, and their times whole seconds. */
  async #byAge(group: string, type: string): Promise<Member[]> {
    const members = (await this.#members(group)).filter(({ attributes }) => attributes.type === type).sort(byAge);
    const unsure = members.filter((member, i) => i > 0 && byAge(members[i - 1], member) === 0).length;
    if (unsure) {
      const message = `${group} of ${this.path} has ${unsure + 1} of type ${type} made within one second, and no order in which they were: they are in that of their names`;
      this.context.report.info('order-unknown', message, unsure + 1);
    }
    return members;
  }

  async #train({ path }: Member): Promise<NeoTrain> {
    const positions = await this.file.attributes(`${path}/positions`);
    const { multiply, divide } = this.#scale(positions.unit, `${path}/positions`);
    const { data } = await this.file.read(`${path}/positions/data`, { as: 'float64', signal: this.context.signal });
    this.context.report.bytesRead += data.byteLength;
    const properties = await this.#properties(`${path}/metadata`);
    const edge = (name: string): number | undefined => {
      const found = properties.get(name);
      if (typeof found?.value !== 'number') return undefined;
      const scale = this.#scale(found.unit ?? positions.unit, `${path}/metadata/properties/${name}`);
      return (found.value * scale.multiply) / scale.divide;
    };
    const name = properties.get('neo_name')?.value;
    const own = new Set([
      'neo_name',
      'nix_name',
      't_start',
      't_stop',
      'sampling_interval',
      'sampling_rate',
      'left_sweep',
    ]);
    const annotations = [...properties].filter(([key]) => !own.has(key)).map(([key, { value }]) => [key, value]);
    return {
      times: data.map((time) => (time * multiply) / divide),
      startMs: edge('t_start'),
      stopMs: edge('t_stop'),
      name: typeof name === 'string' ? name : undefined,
      annotations: Object.fromEntries(annotations),
    };
  }

  #scale(unit: unknown, what: string): UnitScale {
    return timeScale(typeof unit === 'string' ? unit : undefined, what, this.path);
  }

  /** Properties of a metadata section, those with one value as that value. */
  async #properties(section: string): Promise<Map<string, { value: unknown; unit: Hdf5AttributeValue | undefined }>> {
    const group = `${section}/properties`;
    const found = new Map<string, { value: unknown; unit: Hdf5AttributeValue | undefined }>();
    if (!(await this.file.has(group))) return found;
    for (const { name, kind } of await this.file.list(group)) {
      if (kind !== 'dataset') continue;
      const path = `${group}/${name}`;
      const { unit } = await this.file.attributes(path);
      const values = await this.#values(path);
      found.set(name, { value: values.length === 1 ? values[0] : values, unit });
    }
    return found;
  }

  /** Before version 1.1.1 each value was a compound with a field `value`. */
  async #values(path: string): Promise<unknown[]> {
    const { dtype } = await this.file.describeDataset(path);
    if (dtype.class === 'string') return this.file.readStrings(path);
    if (dtype.class === 'integer' || dtype.class === 'float' || dtype.class === 'bool') {
      return Array.from((await this.file.read(path, { as: 'float64' })).data);
    }
    if (dtype.class !== 'compound') return [];
    const { value } = await this.file.readCompound(path);
    return Array.from((value?.values ?? []) as ArrayLike<number | bigint | string>, (item) =>
      typeof item === 'bigint' ? Number(item) : item,
    );
  }

  async #described({ path, attributes }: Member): Promise<Record<string, unknown>> {
    const kind = String(attributes.type).replace('neo.', '');
    const name = (await this.#properties(`${path}/metadata`)).get('neo_name')?.value;
    const described: [string, unknown][] = [
      [`${kind}_name`, name],
      [`${kind}_description`, attributes.definition],
    ];
    return Object.fromEntries(described.filter(([, value]) => typeof value === 'string' && value !== ''));
  }
}

function byAge(a: Member, b: Member): number {
  const [first, second] = [a, b].map(({ attributes }) => `${attributes.created_at ?? ''}`);
  if (first !== second) return first < second ? -1 : 1;
  return (a.made ?? 0) - (b.made ?? 0);
}
