/**
 * Formats that are known by their content and not read: what they are called, and what to do. A format that gets a row of the
 * table of formats leaves this list.
 */
import type { Draft } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';

export interface KnownFormat {
  readonly name: string;
  readonly title: string;
  readonly what: Draft['what'];
  readonly is: (look: Look) => boolean | Promise<boolean>;
  readonly advice: string;
}

/** Nobody has published how these lie, so that a reader could only guess. */
const closed = (title: string, way: string) => `${title} is a closed format, and spikelab does not guess at it: ${way}`;

/** Both read the format and write a folder that openRecording opens. */
const byWayOf = (reader: string) =>
  `spikelab does not read it yet. Python's SpikeInterface does: spikeinterface.extractors.${reader}(…).save(folder="out") writes a folder that openRecording opens`;
const neo = (reader: string) =>
  `spikelab does not read it yet. Python's Neo does: neo.io.${reader}, then neo.io.PickleIO writes a block that loadSpikeDataFromNeo loads`;

const starts =
  (...marks: string[]) =>
  (look: Look) =>
    marks.some((mark) => look.start.startsWith(mark));
const ending = (pattern: RegExp) => (look: Look) => !look.isFolder && pattern.test(look.name);

/** In the order in which they are tried: what has a magic number first. */
export const knownFormats: readonly KnownFormat[] = [
  {
    name: 'plexon2',
    title: 'Plexon PL2',
    what: 'both',
    is: ending(/\.pl2$/i),
    advice: closed(
      'PL2',
      "save it as .plx (PlexUtil, OfflineSorter), or use Python's SpikeInterface, which reads it by Plexon's own library",
    ),
  },
  {
    name: 'openephys-legacy',
    title: 'Open Ephys legacy .continuous',
    what: 'recording',
    is: ({ start }) => /^header\.format = 'Open ?Ephys/i.test(start.trimStart()),
    advice: byWayOf('read_openephys'),
  },
  {
    name: 'axion',
    title: 'Axion Maestro',
    what: 'both',
    is: starts('AxionBio'),
    advice: closed(
      'Axion .raw',
      "export it as CSV or HDF5 by Axion's software, or use Python's Neo, which reads some of them",
    ),
  },
  {
    name: 'spike2',
    title: 'CED Spike2',
    what: 'both',
    is: ({ start, name }) =>
      start.slice(2, 12).startsWith('(C) CED') || start.startsWith('S64') || /\.smrx$/i.test(name),
    advice: closed(
      'Spike2',
      "export it as text or MATLAB 7.3 by Spike2, or use Python's SpikeInterface, which reads it by CED's own library",
    ),
  },
  {
    name: 'mcd',
    title: 'Multi Channel Systems .mcd',
    what: 'both',
    is: starts('MCSSTRM '),
    advice: 'Convert it to HDF5 by Multi Channel DataManager: openRecording opens that',
  },
  { name: 'abf', title: 'Axon ABF', what: 'recording', is: starts('ABF ', 'ABF2'), advice: neo('AxonIO') },
  { name: 'nex', title: 'NeuroExplorer', what: 'both', is: starts('NEX1', 'NEX5'), advice: neo('NeuroExplorerIO') },
  {
    name: 'micromed',
    title: 'Micromed TRC',
    what: 'recording',
    is: starts('* MICROMED'),
    advice: byWayOf('read_micromed'),
  },
  {
    name: 'brainvision',
    title: 'BrainVision',
    what: 'recording',
    is: ({ start }) => /^Brain ?Vision Data Exchange/.test(start),
    advice: neo('BrainVisionIO'),
  },
];
