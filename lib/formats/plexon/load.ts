/** Plexon PLX: the spikes that were found, and perhaps sorted, while recording or later. */
import { Growing } from '../../core/growing.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { labelsOf, spikeDataOfUnits } from '../../loading/found-units.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';
import { eachBlock } from './blocks.js';
import { type PlxHeader, readPlxHeader } from './header.js';

const loader = { name: 'loadSpikeDataFromPlexon', format: 'plexon' };

/**
 * Loads the spikes of a .plx file. A unit is a unit of a channel, in their order; unit 0 was not sorted, 1 to 26 are Plexon's a to z.
 *
 * @throws FormatError, LimitError
 */
export async function loadSpikeDataFromPlexon(source: Source, options: LoadOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, loadOptionNames, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, context));
}

/** Channels and units are 16 bits with a sign: both fit one number. */
const shift = 2 ** 16;
const bias = 2 ** 15;

async function load(source: Source, context: SourceContext): Promise<SpikeData> {
  const path = await context.localFile(source);
  const header = await readPlxHeader(path);
  const { maxSpikes } = context.limits;
  const [times, codes] = [new Growing(maxSpikes, path), new Growing(maxSpikes, path)];
  const take = ({ type, time, channel, unit }: { type: string; time: number; channel: number; unit: number }) => {
    if (type !== 'spike') return;
    times.push(time);
    codes.push((channel + bias) * shift + unit + bias);
  };
  await eachBlock(header, take, context);
  context.report.bytesRead += header.size;
  const { labels, index } = await labelsOf(await codes.joined(context.signal), path, context);
  return spikeDataOfUnits(
    source,
    { path, times: 'the timestamps', units: 'the channels' },
    {
      times: await times.joined(context.signal),
      units: index,
      attributes: labels.map((code) => attributesOf(code, header)),
      scale: { multiply: 1000, divide: header.resolution },
      metadata: { source_format: 'Plexon', version: header.version, fs_Hz: header.resolution },
    },
    context,
  );
}

function attributesOf(code: number, { names }: PlxHeader): NeuronAttributes {
  const [electrode, unit] = [Math.floor(code / shift) - bias, (code % shift) - bias];
  const name = names.get(electrode);
  return {
    ...{ unit_id: `${electrode}-${unit}`, electrode, unit },
    ...(unit === 0 ? { label: 'unsorted' } : {}),
    ...(name ? { channel_name: name } : {}),
  };
}
