/** What detectPeaks gives: peaks in order of time, and the SpikeData that they make. */
import { boolean } from '../core/checks.js';
import type { LoadReport } from '../core/findings.js';
import { knownOptions } from '../core/known-options.js';
import type { Period } from '../detection/blank.js';
import { moveBehindGaps, shiftsOf } from '../recordings/clock.js';
import type { Recording } from '../recordings/recording.js';
import { adoptReport } from '../spike-data/reports.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../spike-data/spike-data.js';
import { type Snippets, storeSnippets } from './snippets.js';

/** What is known of the recording beside the peaks. */
export interface PeakContext {
  startMs: number;
  lengthMs: number | undefined;
  gaps: Recording['gaps'];
  channelIds: readonly (string | number)[] | null;
  places: readonly (readonly number[])[] | null;
  gains: Float64Array | null;
  bad: readonly number[];
  peakSign: 'neg' | 'pos' | 'both';
  /** The options, as JSON. */
  detection: Record<string, unknown>;
}

export type PeakFields = Omit<Peaks, 'toSpikeData'>;

/** Peaks in the order of sample, then channel. */
export class Peaks {
  readonly fsHz: number;
  readonly samples: number;
  readonly channels: number;
  /** Exact up to 2^53. */
  readonly sample: Float64Array;
  readonly channel: Uint32Array;
  /** Signed, of the filtered and referenced trace at the peak, in the unit of the traces; in µV where gains are known. */
  readonly amplitude: Float32Array;
  readonly amplitudeUv: Float32Array | null;
  /**
   * Of each channel, in the unit of the traces: NaN where samples are not finite, 0 where the channel is flat; all NaN where it was
   * not measured, which thresholdUv without `noise` does not need.
   */
  readonly noise: Float64Array;
  /** In the unit of the traces; Infinity where a channel has no peaks: flat, NaN, bad, of noise 0. */
  readonly threshold: Float64Array;
  readonly blanked: readonly Period[];
  /** Of each channel, where they were asked for. */
  readonly snippets: Snippets | null;
  readonly report: LoadReport;
  readonly #context: PeakContext;

  constructor(fields: PeakFields, context: PeakContext) {
    this.fsHz = fields.fsHz;
    this.samples = fields.samples;
    this.channels = fields.channels;
    this.sample = fields.sample;
    this.channel = fields.channel;
    this.amplitude = fields.amplitude;
    this.amplitudeUv = fields.amplitudeUv;
    this.noise = fields.noise;
    this.threshold = fields.threshold;
    this.blanked = fields.blanked;
    this.snippets = fields.snippets;
    this.report = fields.report;
    this.#context = context;
  }

  /**
   * One unit a channel, at startTime + sample · 1000 / fsHz. neuronAttributes: unit_id and channel (the row of the traces), electrode
   * and location where they are known, spike_amplitudes (beside the train), noise_level and threshold, all three in the metadata's
   * amplitude_unit ('uV', or 'stored'), peak_sign; with snippets waveforms, avg_waveform and traces_meta. metadata: fs_Hz,
   * detection (the options), amplitude_unit, bad_channels. `report` is that of the peaks.
   *
   * @param options dropSilent: true leaves out channels without peaks. Default false
   */
  toSpikeData(options: { dropSilent?: boolean } = {}): SpikeData {
    const given = knownOptions(options, { dropSilent: true }, 'toSpikeData');
    const dropSilent = boolean(given.dropSilent ?? false, 'dropSilent');
    const { startMs, lengthMs, gaps, detection, bad } = this.#context;
    const { offsets, order } = this.#byChannel();
    const times = Float64Array.from(order, (i) => startMs + (this.sample[i] * 1000) / this.fsHz);
    moveBehindGaps({ times, offsets }, gaps, this.fsHz, startMs);
    const sd = spikeDataFromFlat(
      { times, offsets },
      {
        length: lengthMs ?? (this.samples * 1000) / this.fsHz + (shiftsOf(gaps).at(-1) ?? 0),
        startTime: startMs,
        neuronAttributes: this.#attributes(offsets, order),
        metadata: {
          fs_Hz: this.fsHz,
          detection,
          amplitude_unit: this.amplitudeUv ? 'uV' : 'stored',
          bad_channels: Array.from(bad),
        },
      },
    );
    if (this.snippets) storeSnippets(sd, this.snippets);
    const busy = Array.from({ length: this.channels }, (_, c) => c).filter((c) => offsets[c + 1] > offsets[c]);
    const made = dropSilent ? sd.subset(busy) : sd;
    const { units, ...report } = this.report;
    return adoptReport(made, { ...report, units: { ...units, kept: made.N } });
  }

  /** Positions of the peaks of each channel, channel after channel. */
  #byChannel(): { offsets: Float64Array; order: Uint32Array } {
    const offsets = new Float64Array(this.channels + 1);
    for (const c of this.channel) offsets[c + 1]++;
    for (let c = 0; c < this.channels; c++) offsets[c + 1] += offsets[c];
    const next = offsets.slice();
    const order = new Uint32Array(this.channel.length);
    this.channel.forEach((c, i) => {
      order[next[c]++] = i;
    });
    return { offsets, order };
  }

  #attributes(offsets: Float64Array, order: Uint32Array): NeuronAttributes[] {
    const { channelIds, places, gains, peakSign } = this.#context;
    const amplitudes = this.amplitudeUv ?? this.amplitude;
    return Array.from({ length: this.channels }, (_, c) => {
      const scale = this.amplitudeUv ? Math.abs(gains?.[c] ?? 1) : 1;
      const place = places?.[c];
      return {
        unit_id: c,
        ...(channelIds && !Number.isNaN(channelIds[c]) ? { electrode: channelIds[c] } : {}),
        ...(place?.every(Number.isFinite) ? { location: Array.from(place) } : {}),
        channel: c,
        spike_amplitudes: Float32Array.from(order.subarray(offsets[c], offsets[c + 1]), (i) => amplitudes[i]),
        noise_level: this.noise[c] * scale,
        threshold: this.threshold[c] * scale,
        peak_sign: peakSign,
      };
    });
  }
}
