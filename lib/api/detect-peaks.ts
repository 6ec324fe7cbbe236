/** Peaks of traces or recordings of any length: bit for bit those of numpy and scipy on the whole recording in float64. */
import { native } from '../addon/binding.js';
import type { NativePeaks } from '../addon/contract.js';
import { callNative } from '../addon/job.js';
import type { Traces } from '../core/arrays.js';
import { finite, nonNegative } from '../core/checks.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import type { Source } from '../core/options.js';
import { ReportBuilder } from '../core/report.js';
import { toPeriods } from '../detection/blank.js';
import { feed } from '../detection/feed.js';
import { peakFindings } from '../detection/peak-findings.js';
import { type PeakOptions, peakOptionNames, type ResolvedPeaks, resolvePeaks } from '../detection/peak-options.js';
import type { ReadableRecording } from '../detection/recording.js';
import { planSnippets, unitsOfPeaks } from '../detection/snippet-windows.js';
import { openRecordingNames } from '../recordings/recording.js';
import { withBadChannels } from './bad-channels.js';
import type { OpenRecordingOptions } from './open-recording.js';
import { type PeakSource, withSource } from './peak-source.js';
import { type PeakContext, Peaks } from './peaks.js';
import { cutPlanned, type Snippets } from './snippets.js';

type DetectPeaksOptions = PeakOptions & OpenRecordingOptions;

const names: OptionNames<DetectPeaksOptions> = { ...openRecordingNames, ...peakOptionNames };

/**
 * Peaks by SpikeInterface's two rules or wave_clus's, of the filtered, referenced traces. Whatever the source, the pieces, the threads
 * and the instruction set, the result is that of numpy and scipy on the whole recording in float64: docs/detection.md says the rules.
 * Memory: about `memoryBytes`, and 16 bytes a peak; traces in memory are borrowed.
 *
 * @param source traces (channels, samples), an open recording, which stays open, or where one is
 * @throws OptionError, NotFoundError, FormatError, LimitError for more peaks than `limits.maxSpikes` in all
 */
export async function detectPeaks(
  source: Traces | ReadableRecording | Source,
  options: DetectPeaksOptions = {},
): Promise<Peaks> {
  const given = knownOptions(options, names, 'detectPeaks');
  return withSource(source, given, (from) => peaksOf(from, given, source));
}

/** Of a source that is open, for options that went through `knownOptions`. `source` is what the report says it is. */
export async function peaksOf(from: PeakSource, given: DetectPeaksOptions, source: unknown): Promise<Peaks> {
  const { options, findings } = await withBadChannels(given, from);
  const lengthMs = options.length === undefined ? undefined : finite(nonNegative(options.length, 'length'), 'length');
  const { startMs = 0, clock = 'session' } = from;
  const start = finite(options.startTime ?? (clock === 'session' ? startMs : 0), 'startTime');
  const resolved = resolvePeaks(options, from);
  const { request, channels } = resolved;
  // its options are checked before the work
  const wanted =
    options.snippets &&
    planSnippets(options.snippets, unitsOfPeaks([], [], channels.count), from, channels, 'snippets');
  if (wanted) request.windows = { ...wanted, channels: wanted.units.map((unit) => unit.channels) };
  const report = new ReportBuilder(from.format ?? 'recording', from.traces ? 'traces' : source, options.onWarning);
  report.findings.push(...(from.findings ?? []), ...findings);
  const { found, snippets } = await report.time('total', () => run(from, resolved, options));
  for (const finding of [...resolved.findings, ...peakFindings(found, request, channels)]) report.add(finding);
  report.spikes = found.samples.length;
  report.units.kept = request.channels;
  const context: PeakContext = {
    startMs: start,
    lengthMs,
    gaps: from.gaps ?? [],
    channelIds: from.channelIds ?? null,
    places: channels.places,
    gains: channels.gains,
    bad: Array.from(channels.bad),
    peakSign: request.sign,
    detection: detectionOf(given),
  };
  return new Peaks({ ...fieldsOf(found, from, channels.gains), snippets, report: report.finish() }, context);
}

async function run(from: PeakSource, { request, channels }: ResolvedPeaks, options: DetectPeaksOptions) {
  const detector = callNative(() => native().peaksOpen(request));
  await feed(detector, from, options);
  const found = callNative(() => native().peaksResult(detector));
  if (!options.snippets) return { found, snippets: null };
  const of = unitsOfPeaks(found.samples, found.channels, channels.count);
  const plan = planSnippets(options.snippets, of, from, channels, 'snippets');
  const snippets: Snippets = await cutPlanned(detector, plan, from, options);
  return { found, snippets };
}

function fieldsOf(found: NativePeaks, { fsHz, samples }: PeakSource, gains: Float64Array | null) {
  const { channels, amplitudes } = found;
  return {
    fsHz,
    samples,
    channels: found.noise.length,
    sample: found.samples,
    channel: channels,
    amplitude: amplitudes,
    amplitudeUv: gains && amplitudes.map((amplitude, i) => amplitude * gains[channels[i]]),
    noise: found.noise,
    threshold: found.threshold,
    blanked: toPeriods(found.blanked, fsHz),
  };
}

/** The options that a result depends on, as JSON. */
function detectionOf(options: DetectPeaksOptions): Record<string, unknown> {
  const out: Record<string, unknown> = { method: 'by-channel', peakSign: 'neg' };
  for (const name of Object.keys(peakOptionNames) as (keyof PeakOptions)[]) {
    if (['snippets', 'memoryBytes', 'threads', 'channelLocations', 'startTime', 'length'].includes(name)) continue;
    if (options[name] !== undefined) out[name] = plain(options[name]);
  }
  return out;
}

function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, Number);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
