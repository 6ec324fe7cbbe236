/** Blackrock NEV: the spikes that were found, and perhaps sorted, while recording. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { boolean, integer } from '../../core/checks.js';
import { FormatError, NotFoundError, OptionError } from '../../core/errors.js';
import { Growing } from '../../core/growing.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { Slices } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { firstBytes } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { withPartFile } from '../../io/part-file.js';
import { runLoader } from '../../loading/context.js';
import { labelsOf, placeOf, rowsOf, spikeDataOfUnits } from '../../loading/found-units.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';
import { type NevHeader, readNevHeader } from './nev.js';
import { isNsxStart } from './nsx.js';

export interface BlackrockOptions extends LoadOptions {
  /** Which stretch between resets of the clock, where there are several. */
  segmentIndex?: number;
  /** Also load class 255, which holds rejected threshold crossings. Default false. */
  keepNoise?: boolean;
}

export const blackrockOptionNames: OptionNames<Omit<BlackrockOptions, keyof LoadOptions>> = {
  segmentIndex: true,
  keepNoise: true,
};

const loader = { name: 'loadSpikeDataFromBlackrock', format: 'blackrock' };

/**
 * Loads the spikes of a NEV file, or of the only one of a folder. A unit is a class of an electrode, in their order; class 0 is not
 * sorted, 255 is noise. Times are those of the file's clock, which the NSx files share.
 *
 * @throws FormatError where the clock was reset and no segmentIndex is given, OptionError, NotFoundError, LimitError
 */
export async function loadSpikeDataFromBlackrock(source: Source, options: BlackrockOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, { ...blackrockOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

const noise = 255;

async function load(source: Source, options: BlackrockOptions, context: SourceContext): Promise<SpikeData> {
  if (options.segmentIndex !== undefined) integer(options.segmentIndex, 'segmentIndex', 0);
  const keepNoise = options.keepNoise !== undefined && boolean(options.keepNoise, 'keepNoise');
  const place = await placeOf(source, context);
  const path = place.isFolder ? await onlyNev(place.path, context) : place.path;
  if (isNsxStart(await firstBytes(path, 0, 8))) {
    throw new FormatError(`${path} must hold spikes (NEV), found continuous samples: openRecording opens them`, {
      path,
    });
  }
  const header = await readNevHeader(path);
  const { ticks, codes, origin, segments } = await readSpikes(header, options.segmentIndex, context);
  const { labels, index } = await labelsOf(codes, path, context);
  const { rowOf, kept } = rowsOf(labels, (code) => keepNoise || code % 256 !== noise);
  if (kept.length < labels.length) {
    const left = index.reduce((sum, label) => sum + (rowOf[label] < 0 ? 1 : 0), 0);
    context.report.info(
      'noise-left-out',
      `${left} spikes of class 255 (noise) were left out of ${path}; keepNoise loads them`,
      left,
    );
  }
  return spikeDataOfUnits(
    source,
    { path, times: 'the timestamps', units: 'the electrodes' },
    {
      times: ticks,
      units: index,
      rowOf,
      attributes: kept.map((code) => attributesOf(code, header)),
      scale: { multiply: 1000, divide: header.resolution },
      metadata: {
        ...{ source_format: 'Blackrock', version: header.version, fs_Hz: header.resolution, segments },
        ...(origin ? { first_tick: String(origin) } : {}),
      },
    },
    context,
  );
}

function attributesOf(code: number, { labels, steps }: NevHeader): NeuronAttributes {
  const [electrode, unitClass] = [Math.floor(code / 256), code % 256];
  const sorted = unitClass === 0 ? 'unsorted' : unitClass === noise ? 'noise' : undefined;
  const [channel, step] = [labels.get(electrode), steps.get(electrode)];
  return {
    ...{ unit_id: `${electrode}-${unitClass}`, electrode, class: unitClass },
    ...(sorted ? { label: sorted } : {}),
    ...(channel ? { channel_name: channel } : {}),
    ...(step ? { uv_per_step: step } : {}),
  };
}

async function onlyNev(folder: string, context: SourceContext): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.nev$/i.test(name)).sort();
  if (names.length === 1) return memberPath(folder, join(folder, names[0]), context);
  if (!names.length) throw new NotFoundError(`A file .nev was expected in ${folder}`, { path: folder });
  throw new OptionError('source', 'one .nev file', folder, `There are ${names.slice(0, 20).join(', ')}`);
}

/** A clock that goes back by more between two spikes was set to zero. */
const resetSeconds = 0.1;
/** Larger ticks are no numbers to count by: those of the precision time protocol count ns since 1970. */
const mostTicks = 2 ** 53;
const pieceBytes = 2 ** 20;

/** Ticks of each spike, and 256 × electrode + class. */
async function readSpikes(header: NevHeader, wanted: number | undefined, context: SourceContext) {
  const { path, version, dataStart, packetBytes, resolution, size } = header;
  const { limits, report, signal } = context;
  const wide = version.startsWith('3.');
  const mostElectrodes = wide ? 10_000 : 2048;
  const head = wide ? 8 : 4;
  const [ticks, codes] = [new Growing(limits.maxSpikes, path), new Growing(limits.maxSpikes, path)];
  const perPiece = Math.max(1, Math.floor(pieceBytes / packetBytes)) * packetBytes;
  const packets = Math.floor((size - dataStart) / packetBytes);
  const rest = size - dataStart - packets * packetBytes;
  if (rest) report.warning('frame-cut', `${path} ends within a packet: its last ${rest} bytes are left out`, rest);
  let [segment, last, origin] = [0, Number.NEGATIVE_INFINITY, 0n];
  const slices = new Slices(signal);
  await withPartFile(path, async (file) => {
    const end = dataStart + packets * packetBytes;
    for (let start = dataStart; start < end; start += perPiece) {
      const bytes = await file.read(start, Math.min(end, start + perPiece));
      for (let at = 0; at + packetBytes <= bytes.length; at += packetBytes) {
        const id = bytes.readUInt16LE(at + head);
        if (id < 1 || id > mostElectrodes) continue;
        let tick = wide ? bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32 : bytes.readUInt32LE(at);
        if (tick > mostTicks) {
          const exact = bytes.readBigUInt64LE(at);
          if (!origin) origin = exact;
          tick = Number(exact - origin);
        }
        if (tick < last - resetSeconds * resolution) segment++;
        last = tick;
        if (wanted !== undefined && segment !== wanted) continue;
        ticks.push(tick);
        codes.push(256 * id + bytes[at + head + 2]);
      }
      await slices.turn();
    }
  });
  report.bytesRead += packets * packetBytes;
  if (origin) {
    const message = `Timestamps of ${path} count ns since 1970: spikes count from the first of them, first_tick ${origin}`;
    report.info('clock-not-used', message);
  }
  if (segment > 0 && wanted === undefined) {
    const message = `The clock of ${path} was set back ${segment} times, so that its spikes have no common time: segmentIndex (0 to ${segment}) loads those between`;
    throw new FormatError(message, { path });
  }
  if (wanted !== undefined && wanted > segment) throw new OptionError('segmentIndex', `from 0 to ${segment}`, wanted);
  return { ticks: ticks.values, codes: codes.values, origin, segments: segment + 1 };
}
