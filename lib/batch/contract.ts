/** What a batch is given and gives: the public types, and the work that a checked item is. */
import type { LoadOptions, Progress, Source } from '../core/options.js';

export const operations = ['detect', 'peaks', 'load', 'convert', 'plot', 'view', 'identify'] as const;
export type Operation = (typeof operations)[number];

/** One piece of work of a batch. */
export interface BatchItem {
  /** A file or folder, or an s3:// or https:// URL of one. */
  source: Source;
  /** Names its outputs and its record. Default: the source's name without its ending, with a digest where two items would have the same. */
  id?: string;
  /**
   * 'detect' (the default): spikes by threshold crossing; 'peaks': by detectPeaks; 'load' and 'convert': sorted spikes, read and
   * written; 'plot': a picture of sorted spikes, or of those detected where the source is a recording; 'view': a page of the
   * same with everything in it; 'identify': what the place is.
   */
  do?: Operation;
  /** What is written. 'parquet' (the default), another format that is written, or 'json'; of pictures 'svg' (their default) or 'png'. */
  format?: string;
  /**
   * Options of the operation by their names in the library, of the loader (`from` names it), and of the exporter with `to` before
   * them (`toCompression`). Pictures: `kind` 'raster', 'rates' or 'isi'. Pages: `traces`. `dataset` '*' makes one item of each recording
   * that the source has (wells, streams, series), whose id ends in its name.
   */
  options?: Record<string, unknown>;
  /** What it costs against the others, for shares and for the order of work. Default: samples of all channels, or the source's size. */
  cost?: number;
  /** Path of the output within `out`. Default `<id><ending of the format>`. */
  output?: string;
}

/** What became of one item: the line that it has in `results.jsonl`. */
export interface BatchResult {
  id: string;
  /** Without secrets. */
  source: string;
  /**
   * 'done' now, or 'skipped' because its output and record were there. 'bad-input': the source or its options are wrong, 'temporary':
   * it may succeed another time (network, disk, memory), 'bug': neither.
   */
  status: 'done' | 'skipped' | 'bad-input' | 'temporary' | 'bug';
  /** Path within `out`. */
  output: string | null;
  units: number;
  spikes: number;
  /** Of the last try, on the clock. */
  seconds: number;
  /** Most memory that the process which did it had during this item, with its runtime; 0 where it did not say. */
  peakBytes: number;
  error: { code: string; message: string } | null;
  /** What the operation warned of. */
  warnings: { code: string; message: string }[];
}

/** Credentials and place are those of `out` in S3; items have their own among their options. */
export interface BatchOptions
  extends Pick<
    LoadOptions,
    | 'awsAccessKeyId'
    | 'awsSecretAccessKey'
    | 'awsSessionToken'
    | 'regionName'
    | 'endpointUrl'
    | 'forcePathStyle'
    | 'anonymous'
  > {
  /**
   * The folder of the outputs, of `results.jsonl`, and of what resuming needs (`.spikelab`), made where it is missing; or a prefix in
   * S3, `s3://bucket/prefix`, of a server that keeps `If-None-Match`.
   */
  out: string;
  /**
   * Items at once. Default: one a core that this process may use, a quarter more where most are small (below 32 MiB) and many, twice
   * as many where every source is remote.
   */
  jobs?: number;
  /** What all items together may use. Default: 80 % of the machine's memory, or of the control group's. */
  memoryBytes?: number;
  /** Only this share of the items, `[index, count]` with `index` from 0: shares are disjoint, and of about equal cost. */
  shard?: [index: number, count: number];
  /** Each source is read in a confined child process: for files from strangers. Default false. */
  isolate?: boolean;
  /** Further tries after a temporary failure, each after twice the wait. Default 2. */
  retries?: number;
  /** A runner on another machine that gave no sign for so long counts as dead, and its items are taken. Default 60 000. */
  staleMs?: number;
  signal?: AbortSignal;
  /** In bytes of the sources where all of them tell, else in files. */
  onProgress?: (progress: Progress) => void;
}

/** A checked item. */
export interface Work {
  readonly id: string;
  readonly source: string;
  readonly do: Operation;
  readonly format: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Path within `out`. */
  readonly output: string;
  readonly cost: number | undefined;
}
