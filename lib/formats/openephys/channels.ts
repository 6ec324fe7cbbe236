/**
 * Channels of an Open Ephys stream: which of them are a signal, and what one bit is in µV.
 *
 * Source: Open Ephys' documentation of its binary format. `bit_volts` counts in `units`; where those are empty (GUI 0.6 leaves
 * them so), electrodes count in µV, and analogue inputs (ADC and AUX of headstages, AI of NI-DAQ devices) in V.
 */
import type { JsonObject } from '../../containers/text/json.js';
import type { RecordContext } from '../../recordings/recording-format.js';

export interface OpenEphysChannel {
  name: string;
  /** Column in continuous.dat. */
  column: number;
  /** NaN where the unit is no voltage or bit_volts no positive number. */
  uvPerBit: number;
}

const factors: Record<string, number> = { v: 1e6, volt: 1e6, volts: 1e6, mv: 1e3, uv: 1, µv: 1, μv: 1, nv: 1e-3 };
const syncName = /(?<![a-z])SYNC(?![a-z])/i;
const analogName = /(?<![a-z])(ADC|AUX|AI)[\s_-]?\d/i;
/** Identifiers as 'rhythm-fpga-device.adc', descriptions as 'ADC data channel'. */
const analogDescription = /(?<![a-z])(ADC|AUX|auxiliary|analog(ue)? input)(?![a-z])/i;
const analogDevice = /NI-?DAQ/i;
/** µV a bit that no electrode has: 16 bits would span 33 µV. GUI 0.4 writes 'uV' for inputs that it scales in V. */
const leastUvPerBit = 1e-3;

/** A name out of the JSON; what is no text names nothing. */
export const nameIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Channels that are a signal: all but synchronisation words. */
export function signalChannels(description: JsonObject): OpenEphysChannel[] {
  const device = `${nameIn(description.folder_name)} ${nameIn(description.source_processor_name)}`;
  return channelsOf(description).flatMap((channel, column) => {
    const name = nameIn(channel.channel_name);
    return syncName.test(name) ? [] : [{ name, column, uvPerBit: uvPerBit(channel, device) }];
  });
}

export function channelsOf({ channels }: JsonObject): JsonObject[] {
  return Array.isArray(channels) ? channels.map((channel) => (channel ?? {}) as JsonObject) : [];
}

/** Whether no channel of a stream is an electrode. */
export function onlyAnalog(description: JsonObject): boolean {
  const device = nameIn(description.folder_name);
  return channelsOf(description).every(
    (channel) => syncName.test(nameIn(channel.channel_name)) || isAnalog(channel, device),
  );
}

function isAnalog({ channel_name, identifier, description }: JsonObject, device: string): boolean {
  const text = `${identifier ?? ''} ${description ?? ''}`;
  return analogName.test(String(channel_name ?? '')) || analogDescription.test(text) || analogDevice.test(device);
}

function uvPerBit(channel: JsonObject, device: string): number {
  const bit = typeof channel.bit_volts === 'number' ? channel.bit_volts : Number.NaN;
  if (!(bit > 0 && Number.isFinite(bit))) return Number.NaN;
  const units = String(channel.units ?? '')
    .trim()
    .toLowerCase();
  const analog = isAnalog(channel, device);
  if (units === '') return bit * (analog ? 1e6 : 1);
  const factor = factors[units] ?? Number.NaN;
  return bit * (analog && factor === 1 && bit < leastUvPerBit ? 1e6 : factor);
}

/** Null where no channel has a gain; a finding names those that have none beside others. */
export function gainsOf(channels: readonly OpenEphysChannel[], { report }: RecordContext): Float64Array | null {
  const unknown = channels.filter(({ uvPerBit }) => Number.isNaN(uvPerBit)).map(({ name }) => name);
  if (!unknown.length) return Float64Array.from(channels, ({ uvPerBit }) => uvPerBit);
  const names = `${unknown.slice(0, 8).join(', ')}${unknown.length > 8 ? ` and ${unknown.length - 8} more` : ''}`;
  report.warning('gain-unknown', `bit_volts and units give no µV of the channels ${names}`, unknown.length);
  return unknown.length < channels.length ? Float64Array.from(channels, ({ uvPerBit }) => uvPerBit) : null;
}
