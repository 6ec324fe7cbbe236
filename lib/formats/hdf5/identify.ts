/** HDF5 files of nobody's format: which of their datasets look like spikes in one of four layouts, or like samples. */
import type { Hdf5File } from '../../containers/hdf5/file.js';
import {
  call,
  command,
  type Draft,
  linesFor,
  note,
  type Part,
  recordingLines,
} from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { checkPlausible, isNumeric } from '../../recordings/hdf5-traces.js';
import { withExamples, withKnownUnits } from './layout-options.js';
import { folderOf, layoutsIn, type SeenDataset } from './layouts.js';
import { isInsideOfMatlab } from './vector.js';

/** Datasets looked at: the layouts need few, files of other software may have hundreds of thousands. */
const maxDatasets = 2000;

export async function identifyHdf5(look: Look): Promise<Draft | null> {
  const file = await look.hdf5();
  if (!file) return null;
  const { seen, others, more, mixed } = await numericDatasets(file);
  const spikes = await withKnownUnits(file, layoutsIn(seen, mixed));
  const used = new Set(spikes.flatMap(({ options }) => Object.values(options)));
  const traces = seen.filter(({ path, shape }) => shape.length === 2 && Math.min(...shape) > 0 && !used.has(path));
  const samples: Part[] = traces.map(({ path, shape }) => ({
    name: path,
    options: { dataset: path },
    channels: Math.min(...shape),
    samples: Math.max(...shape),
  }));
  const readable = spikes.length + samples.length > 0;
  return {
    format: 'hdf5',
    what: spikes.length ? (samples.length ? 'both' : 'sorting') : samples.length ? 'recording' : 'unknown',
    readable,
    weak: !readable,
    details: { datasets: seen.length + others + more },
    parts: [...spikes, ...samples],
    ...lines(look.path, spikes, samples),
    findings: more ? [note('many-datasets', `${more} further datasets were not looked at`, 'info')] : [],
    advice: adviceOn(spikes, samples),
  };
}

function lines(path: string, spikes: readonly Part[], samples: readonly Part[]) {
  const recording = recordingLines(path, samples, { format: 'hdf5', fsHz: 30_000 });
  const options = (part: Part) => withExamples(part.options);
  return {
    code: [...linesFor(spikes, (part) => call('loadSpikeDataFromHdf5', path, options(part))), ...recording.code],
    shell: [
      ...linesFor(spikes, (part) => command('info', path, { from: 'hdf5', ...options(part) })),
      ...recording.shell,
    ],
  };
}

function adviceOn(spikes: readonly Part[], samples: readonly Part[]): string {
  if (!spikes.length && !samples.length) {
    return 'None of its datasets looks like spike times or samples: spikelab info --datasets lists them';
  }
  const examples = spikes.flatMap(({ options }) =>
    Object.keys(withExamples(options)).filter((name) => options[name] === undefined),
  );
  if (samples.length) examples.push('fsHz');
  const told = 'What the datasets mean was told from names and shapes';
  if (!examples.length) return told;
  return `${told}; the file does not say ${[...new Set(examples)].join(' and ')}: what stands in the lines is an example, put yours`;
}

async function numericDatasets(file: Hdf5File) {
  const all = await file.walk();
  const found = all.filter(({ kind, name }) => kind === 'dataset' && !isInsideOfMatlab(name));
  // groups with other members than arrays of numbers
  const mixed = new Set(all.filter(({ kind }) => kind !== 'dataset').map(({ name }) => folderOf(name)));
  const seen: SeenDataset[] = [];
  let others = 0;
  for (const { name } of found.slice(0, maxDatasets)) {
    const description = await file.describeDataset(name).catch(() => null);
    const plausible =
      description !== null &&
      (await checkPlausible(file, description).then(
        () => true,
        () => false,
      ));
    if (plausible && description.shape?.length && isNumeric(description))
      seen.push({ path: name, shape: description.shape, whole: description.dtype.class === 'integer' });
    else {
      others++;
      mixed.add(folderOf(name));
    }
  }
  return { seen, others, mixed, more: Math.max(0, found.length - maxDatasets) };
}
