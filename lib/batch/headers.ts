/** How much work an item is, from its headers alone. */
import { identify } from '../api/identify.js';
import { openRecording } from '../api/open-recording.js';
import { pickOptions } from '../core/known-options.js';
import { loadOptionNames } from '../core/options.js';
import { openRecordingNames } from '../recordings/recording.js';
import { TraceRecording } from '../recordings/trace-recording.js';
import { classify, type Failure } from './classify.js';
import type { Work } from './contract.js';
import { identityOf } from './identity.js';
import { sideBySide } from './side-by-side.js';

export interface Header {
  /** Of one channel; 0 of sorted spikes. */
  readonly samples: number;
  readonly channels: number;
  readonly spikes: number;
  /** Of the source. */
  readonly bytes: number;
  /** Items of one kind take a time that goes with their volume. */
  readonly kind: string;
  /** Samples of all channels, spikes, or bytes: what most of the time goes with. */
  readonly volume: number;
  /** Whether its beginning can be read as if it were all: 'slowly' where that takes another way than the whole. */
  readonly cut: 'fairly' | 'slowly' | 'never';
}

interface HeaderOptions {
  readonly isolate: boolean;
  readonly signal?: AbortSignal;
}

/** In the order of the work; what cannot be read says why. */
export async function headersOf(work: readonly Work[], options: HeaderOptions): Promise<(Header | Failure)[]> {
  const found = new Map<Work, Header | Failure>();
  await sideBySide(work, async (item) => {
    options.signal?.throwIfAborted();
    found.set(
      item,
      await headerOf(item, options).catch((error) => {
        options.signal?.throwIfAborted();
        return classify(error);
      }),
    );
  });
  return work.map((item) => found.get(item) as Header | Failure);
}

const quiet = { onWarning: () => {} };

async function headerOf(work: Work, { isolate, signal }: HeaderOptions): Promise<Header> {
  const { bytes } = await identityOf(work, signal);
  const reading = { ...quiet, signal, ...(isolate ? { isolate } : {}) };
  const kind = (what: string) => [work.do, work.format, what, JSON.stringify(settingsOf(work))].join(' ');
  const { source, options } = work;
  if (work.do === 'detect' || work.do === 'peaks') {
    const recording = await openRecording(source, { ...pickOptions(options, openRecordingNames), ...reading });
    const { samples, channels, dtype, format } = recording;
    const here = !isolate && recording instanceof TraceRecording;
    const cut = !here ? 'never' : recording.cutsFairly ? 'fairly' : 'slowly';
    await recording.close();
    const what = kind(`${format} ${dtype}`);
    return { samples, channels, spikes: 0, bytes, kind: what, volume: samples * channels, cut };
  }
  const found = await identify(source, { ...pickOptions(options, loadOptionNames), ...reading });
  const parts = found.flatMap((each) => each.parts);
  const most = parts.reduce((a, part) => Math.max(a, part.samples ?? 0), 0);
  const channels = parts.find((part) => part.samples === most)?.channels ?? 0;
  const spikes = parts.reduce((sum, part) => sum + (part.spikes ?? 0), 0);
  return { samples: most, channels, spikes, bytes, kind: kind(found[0].format), volume: spikes || bytes, cut: 'never' };
}

/** Options that change how long a sample takes: not those that say where the samples are. */
function settingsOf({ options }: Work): Record<string, unknown> {
  const places = new Set(['dataset', 'channels', 'fsHz', 'byteOffset', 'startTime', 'segmentIndex', 'badChannels']);
  return Object.fromEntries(
    Object.entries(options)
      .filter(([name]) => !places.has(name))
      .sort(),
  );
}
