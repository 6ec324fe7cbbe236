/**
 * HDF5 files, read by the addon: the tree, attributes, numbers, texts, references and compounds. Nothing in a file makes
 * this open another one: external links, external storage, virtual datasets, user-defined links and filter plug-ins are
 * refused (the last unless HDF5_PLUGIN_PATH is set). Paths are those of objects in the file: '/a/b', or 'a/b'.
 */
import { native } from '../../addon/binding.js';
import type { Hdf5Vector, NativeTrains, TimeScale } from '../../addon/contract.js';
import type {
  Hdf5AttributeValue,
  Hdf5DatasetDescription,
  Hdf5Description,
  Hdf5Region,
} from '../../addon/hdf5-contract.js';
import { type JobOptions, runJob } from '../../addon/job.js';
import { isNumericArray, type NumericArray } from '../../core/arrays.js';
import { FormatError, OptionError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import { resolveLimits } from '../../core/options.js';
import type { RemoteFile } from '../../io/ranges/remote-file.js';
import { stat } from '../../io/stat.js';
import { attributeValue, corner, entries, type Hdf5Entry, strings } from './native-values.js';

/** One field of a compound dataset: numbers (a field of k numbers has k values a row) or texts; null where not decoded. */
export interface Hdf5Column {
  shape: number[];
  values: NumericArray | string[] | null;
}

export interface Hdf5Array<T extends NumericArray = NumericArray> {
  /** C order. int64 and uint64 are bigint arrays, float16 is Float32Array, booleans are Uint8Array or Int8Array. */
  data: T;
  /** [] for a scalar. */
  shape: number[];
}

export interface Hdf5Slab {
  /** First index in each dimension; absent: 0. */
  start?: readonly number[];
  /** Number of elements in each dimension; absent: to the end. */
  count?: readonly number[];
}

export interface Hdf5OpenOptions {
  signal?: AbortSignal;
  /** `maxArrayBytes` is the sum over all reads of this file. */
  limits?: Partial<Limits>;
  /** Gets the bytes read when the file is closed, and what was found in its texts: a ReportBuilder fits. */
  report?: { bytesRead: number; warning?(code: string, message: string): void };
}

export type Hdf5ReadOptions = Hdf5Slab & JobOptions;

/**
 * Opens an HDF5 file. Close it (SourceContext.onEnd), or use `await using`.
 *
 * @throws NotFoundError, FormatError where it is no HDF5 file or a truncated one, LimitError by its size
 */
export async function openHdf5(source: string | RemoteFile, options: Hdf5OpenOptions = {}): Promise<Hdf5File> {
  const limits = resolveLimits(options.limits);
  const { signal } = options;
  if (typeof source === 'string') {
    const number = await runJob(() => native().hdf5Open(source, limits, null), { signal });
    return new Hdf5File(source, number, options);
  }
  const open = () => native().hdf5Open(source.name, limits, source.ranges);
  const number = await source.during((bring) => runJob(open, { signal, bring }));
  return new Hdf5File(source.name, number, options, source);
}

/** An open file. Every method throws NotFoundError with the datasets there are, FormatError, LimitError or UnsupportedError. */
export class Hdf5File {
  readonly path: string;
  readonly #number: number;
  readonly #options: Hdf5OpenOptions;
  readonly #remote: RemoteFile | undefined;
  #closed = false;

  /** Use {@link openHdf5}. */
  constructor(path: string, number: number, options: Hdf5OpenOptions, remote?: RemoteFile) {
    this.path = path;
    this.#remote = remote;
    this.#number = number;
    this.#options = options;
  }

  /** Of the whole file. */
  async size(): Promise<number> {
    return this.#remote?.size ?? (await stat(this.path)).size;
  }

  /** Whether its bytes come from a server: native work of long breath then has no file to read from. */
  get isRemote(): boolean {
    return this.#remote !== undefined;
  }

  /** @internal The file's number in native code. */
  get number(): number {
    return this.#number;
  }

  /** Reads that are under way end first; calling it again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const bytes = native().hdf5Close(this.#number);
    // of a remote one the bytes that came over the network count
    if (this.#options.report && !this.#remote) this.#options.report.bytesRead += bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** The children of a group in the order of their names. */
  async list(group = '/'): Promise<Hdf5Entry[]> {
    return entries(await this.#run(() => native().hdf5List(this.#number, group)));
  }

  /** Everything below a group, `name` being whole paths: each object once, under the first path that leads to it. */
  async walk(group = '/'): Promise<Hdf5Entry[]> {
    return entries(await this.#run(() => native().hdf5Walk(this.#number, group)));
  }

  describe(path: string): Promise<Hdf5Description> {
    return this.#run(() => native().hdf5Describe(this.#number, path));
  }

  /** The description of a dataset; FormatError where the path is a group. */
  async describeDataset(path: string): Promise<Hdf5DatasetDescription> {
    const found = await this.describe(path);
    if (found.kind === 'dataset') return found;
    throw new FormatError(`a dataset was expected, found a ${found.kind} at ${found.path} of ${this.path}`, {
      path: this.path,
      location: found.path,
    });
  }

  /** Whether an object is there, followed through links like all paths are. */
  async has(path: string): Promise<boolean> {
    return this.#run(() => native().hdf5Exists(this.#number, path));
  }

  async attributes(path = '/'): Promise<Record<string, Hdf5AttributeValue>> {
    const columns = await this.#run(() => native().hdf5Attributes(this.#number, path));
    const out: Record<string, Hdf5AttributeValue> = Object.create(null);
    for (const column of columns) {
      out[column.name] = attributeValue(column);
      if (Array.isArray(column.values)) this.#warnOfText(column.values, `the attribute ${column.name} of ${path}`);
    }
    return out;
  }

  /** Old writers put Latin-1 and other bytes into text; where no UTF-8 is, U+FFFD stands. */
  #warnOfText(values: readonly unknown[], what: string): void {
    if (!values.some((value) => typeof value === 'string' && value.includes('\ufffd'))) return;
    const message = `${this.path}: text in UTF-8 was expected in ${what}, found bytes that are none: U+FFFD stands for them`;
    this.#options.report?.warning?.('text-not-utf8', message);
  }

  /** The numbers of a dataset or of a slab of it, in their own type or as float64. */
  read(path: string, options: Hdf5ReadOptions & { as: 'float64' }): Promise<Hdf5Array<Float64Array>>;
  read(path: string, options?: Hdf5ReadOptions & { as?: 'float64' | 'native' }): Promise<Hdf5Array>;
  async read(path: string, options: Hdf5ReadOptions & { as?: 'float64' | 'native' } = {}): Promise<Hdf5Array> {
    const { start = null, count = null, as } = options;
    const job = () =>
      native().hdf5Read(this.#number, path, corner(start, 'start'), corner(count, 'count'), as === 'float64', null);
    return (await this.#run(job, options)) as Hdf5Array;
  }

  /** Like `read`, into memory that is used again: `into` holds as many elements as the slab, of the result's type. */
  async readInto<T extends NumericArray>(path: string, into: T, options: Hdf5ReadOptions = {}): Promise<Hdf5Array<T>> {
    if (!isNumericArray(into)) throw new OptionError('into', 'a typed array', into);
    const { start = null, count = null } = options;
    const as64 = into instanceof Float64Array;
    const job = () => native().hdf5Read(this.#number, path, corner(start, 'start'), corner(count, 'count'), as64, into);
    const { shape } = await this.#run(job, options);
    return { data: into, shape };
  }

  /**
   * Numeric vectors as spike trains: read, converted to ms, checked and sorted in one call for thousands of datasets.
   * Scalars and matrices are refused, but for those of shape (N, 1) or (1, N).
   */
  readTrains(paths: readonly string[], scale: TimeScale, options: JobOptions = {}): Promise<NativeTrains> {
    return this.#run(() => native().hdf5ReadTrains(this.#number, paths, scale), options);
  }

  /**
   * A numeric vector for native work: that reads it piece by piece, and the file stays open until it has ended; of a remote file,
   * for which it cannot wait, all values.
   */
  async values(path: string): Promise<Hdf5Vector | NumericArray> {
    if (!this.#remote) return { hdf5: this.#number, dataset: path };
    const { data, shape } = await this.read(path);
    if (shape.length && data.length === Math.max(...shape)) return data;
    const message = `one dimension was expected, found ${shape.length} at ${path} of ${this.path}`;
    throw new FormatError(message, { path: this.path, location: path });
  }

  /** The texts of a dataset of strings, flattened; one for a scalar. U+FFFD stands for bytes that are no UTF-8. */
  async readStrings(path: string): Promise<string[]> {
    return strings(await this.#run(() => native().hdf5ReadStrings(this.#number, path)));
  }

  /** The one text of a scalar dataset (or of one with a single element). */
  async readString(path: string): Promise<string> {
    const texts = await this.readStrings(path);
    this.#warnOfText(texts, path);
    return texts[0] ?? '';
  }

  /** The paths that a dataset of object references points at; '' for null references and for objects without a path. */
  async readReferences(path: string): Promise<string[]> {
    return strings(await this.#run(() => native().hdf5ReadReferences(this.#number, path)));
  }

  readRegions(path: string): Promise<Hdf5Region[]> {
    return this.#run(() => native().hdf5ReadRegions(this.#number, path));
  }

  /** The fields of a dataset of compounds, a column each. */
  async readCompound(path: string, slab: Hdf5Slab = {}): Promise<Record<string, Hdf5Column>> {
    const { start = null, count = null } = slab;
    const job = () => native().hdf5ReadRecords(this.#number, path, corner(start, 'start'), corner(count, 'count'));
    const { columns } = await this.#run(job);
    const out: Record<string, Hdf5Column> = Object.create(null);
    for (const { name, shape, values } of columns) out[name] = { shape, values };
    return out;
  }

  #run<T>(start: Parameters<typeof runJob<T>>[0], options: JobOptions = {}): Promise<T> {
    if (this.#closed) throw new OptionError('file', 'an open HDF5 file', 'a closed one');
    const all = { ...options, signal: options.signal ?? this.#options.signal };
    if (!this.#remote) return runJob(start, all);
    return this.#remote.during((bring) => runJob(start, { ...all, bring }));
  }
}
