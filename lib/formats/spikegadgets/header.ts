/** The configuration at the beginning of SpikeGadgets' .rec files, as Trodes writes it. Source: Trodes' documentation and files. */
import { allBelow, childAt, parseXml, type XmlElement } from '../../containers/text/xml.js';
import { FormatError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { withPartFile } from '../../io/part-file.js';
import { checkRate } from '../../recordings/streams.js';

export interface RecHeader {
  path: string;
  size: number;
  /** Where the first packet begins. */
  dataStart: number;
  fsHz: number;
  channels: number;
  packetBytes: number;
  /** Bytes of a packet before its timestamp, which the samples follow. */
  timestampAt: number;
  /** Hardware numbers in the order of the packet; null where the configuration does not tell them. */
  ids: readonly number[] | null;
  gains: Float64Array | null;
  /** µm. */
  places: number[][] | null;
}

const close = '</Configuration>';
const firstXmlBytes = 2 ** 17;
/** Configurations of 4000 channels have some megabytes. */
const mostXmlBytes = 2 ** 26;
const mostChannels = 1_000_000;
/** Of a packet, before its timestamp: real ones have below a hundred, and each is read with it. */
const mostDeviceBytes = 2 ** 16;

export const isRecStart = (start: string) =>
  /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*<Configuration[\s>]/.test(start);

const startsRec = (head: Buffer) => isRecStart(head.toString('latin1', 0, 4096));

/** @throws FormatError */
export async function readRecHeader(path: string, { limits }: Pick<SourceContext, 'limits'>): Promise<RecHeader> {
  const { head, size, end } = await configurationOf(path);
  if (!startsRec(head) || end < 0) {
    const found = JSON.stringify(head.toString('latin1', 0, 40));
    throw new FormatError(`${path} must begin with XML up to ${close}, found ${found}`, { path, location: 'byte 0' });
  }
  let dataStart = end + close.length;
  if (head[dataStart] === 13) dataStart++;
  if (head[dataStart] === 10) dataStart++;
  const root = parseXml(head.toString('utf8', 0, end + close.length), path, limits);
  const hardware = childAt(root, 'HardwareConfiguration');
  const fsHz = checkRate(numberOf(hardware, 'samplingRate'), path, 'HardwareConfiguration samplingRate');
  const channels = numberOf(hardware, 'numChannels');
  if (!Number.isInteger(channels) || channels < 1 || channels > mostChannels) {
    const message = `${path} must say a number of channels in numChannels of HardwareConfiguration, found ${channels}`;
    throw new FormatError(message, { path, location: 'HardwareConfiguration numChannels' });
  }
  const devices = allBelow(hardware, 'Device').filter(({ attributes }) => attributes.get('available') !== '0');
  const timestampAt = 1 + devices.reduce((sum, device) => sum + numberOf(device, 'numBytes'), 0);
  if (!Number.isSafeInteger(timestampAt) || timestampAt < 1 || timestampAt > mostDeviceBytes) {
    const message = `${path} must say numBytes for each Device, in all below ${mostDeviceBytes}, found a sum of ${timestampAt - 1}`;
    throw new FormatError(message, { path, location: 'HardwareConfiguration Device' });
  }
  const packetBytes = timestampAt + 4 + 2 * channels;
  // before anything is made by the number of channels
  if (dataStart + packetBytes > size) {
    const message = `${path} must hold at least one packet of ${packetBytes} bytes, found ${size - dataStart} behind its configuration`;
    throw new FormatError(message, { path });
  }
  return { path, size, dataStart, fsHz, channels, packetBytes, timestampAt, ...shownChannels(root, channels) };
}

/** The beginning of a file with its whole configuration, which is some 50 kB long: `end` is where its last element closes, or -1. */
function configurationOf(path: string): Promise<{ head: Buffer; size: number; end: number }> {
  return withPartFile(path, async ({ size, read }) => {
    for (let bytes = firstXmlBytes; ; bytes *= 4) {
      const head = await read(0, Math.min(bytes, mostXmlBytes));
      const end = head.indexOf(close);
      const all = head.length < bytes || bytes >= mostXmlBytes;
      if (end >= 0 || all || !startsRec(head)) return { head, size, end };
    }
  });
}

function numberOf(element: XmlElement | undefined, name: string): number {
  const text = element?.attributes.get(name);
  return text === undefined || text.trim() === '' ? Number.NaN : Number(text);
}

function shownChannels(root: XmlElement, channels: number): Pick<RecHeader, 'ids' | 'gains' | 'places'> {
  const spikes = childAt(root, 'SpikeConfiguration');
  const byNumber = new Map<number, { gain: number; place: number[] }>();
  let [twice, shown] = [false, 0];
  for (const group of allBelow(spikes, 'SpikeNTrode')) {
    const scale = numberOf(group, 'rawScalingToUv');
    const gain = Number.isNaN(scale) ? numberOf(group, 'spikeScalingToUv') : scale;
    for (const channel of allBelow(group, 'SpikeChannel')) {
      const number = numberOf(channel, 'hwChan');
      twice ||= byNumber.has(number);
      shown++;
      const place = ['coord_ml', 'coord_dv', 'coord_ap'].map((axis) => numberOf(channel, axis));
      byNumber.set(number, { gain: gain === 0 ? Number.NaN : gain, place });
    }
  }
  const order = hardwareOrder(spikes, channels);
  const complete = !twice && shown === channels && order?.every((number) => byNumber.has(number));
  const known =
    complete && order ? order.map((number) => byNumber.get(number) as { gain: number; place: number[] }) : null;
  const scales = new Set([...byNumber.values()].map(({ gain }) => gain));
  // without numbers of channels their scale is known where it is one
  const [only] = scales;
  const same = scales.size === 1 && !Number.isNaN(only) ? new Float64Array(channels).fill(only) : null;
  const gains = known ? Float64Array.from(known, ({ gain }) => gain) : same;
  const places = known?.map(({ place }) => place);
  return {
    ids: known ? order : null,
    gains: gains?.some((gain) => !Number.isNaN(gain)) ? gains : null,
    places: places?.every((place) => place.every(Number.isFinite)) ? places : null,
  };
}

/** Intan's headstages send the channels of their chips by turns; Neuropixels send theirs in order. */
function hardwareOrder(spikes: XmlElement | undefined, channels: number): number[] | null {
  const straight = /^neuropixels/i.test(spikes?.attributes.get('device') ?? '');
  if (straight) return Array.from({ length: channels }, (_, p) => p);
  const said = numberOf(spikes, 'chanPerChip');
  const perChip = said > 0 ? said : 32;
  const chips = channels / perChip;
  if (!Number.isInteger(chips)) return null;
  return Array.from({ length: channels }, (_, p) => (p % chips) * perChip + Math.floor(p / chips));
}
