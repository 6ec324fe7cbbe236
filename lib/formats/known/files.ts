/** Files that are known and hold no data of ours: pointers to files elsewhere, archives, texts, pages of errors. */
import { zipNames } from '../../containers/zip/names.js';
import { type Draft, note } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';

/** In order; null from all means that nothing is known. */
export async function identifyKnownFile(look: Look): Promise<Draft | null> {
  if (look.isFolder) return null;
  if (look.size === 0)
    return unreadable('empty', 'unknown', 'The file is empty: copy or download it again', 'truncated');
  return pointer(look) ?? (await archive(look)) ?? table(look) ?? document(look);
}

function unreadable(format: string, what: Draft['what'], advice: string, finding?: string): Draft {
  const findings = finding ? [note(finding, advice)] : [];
  return { format, what, readable: false, advice, findings };
}

/** What data managers leave in place of a file that was not fetched. */
function pointer({ start, size, name, head }: Look): Draft | null {
  if (size > 2 ** 15) return null;
  if (start.startsWith('version https://git-lfs.github.com/spec/')) {
    const bytes = Number(/^size (\d+)$/m.exec(start)?.[1] ?? Number.NaN);
    const draft = unreadable(
      'git-lfs',
      'pointer',
      `It stands for a file that was not fetched: git lfs pull --include ${JSON.stringify(name)}`,
    );
    return { ...draft, details: bytes >= 0 ? { bytes } : {} };
  }
  if (/^(\/annex\/objects\/|.*\.git\/annex\/objects\/)/.test(start) && !head.includes(0))
    return annexPointer(name, start);
  return null;
}

/** Of a file with the pointer's text, or of a link to where the content would be. */
export function annexPointer(name: string, text: string): Draft {
  const bytes = Number(/-s(\d+)(?:-[a-zA-Z]\d+)*--/.exec(text)?.[1] ?? Number.NaN);
  const quoted = JSON.stringify(name);
  const draft = unreadable(
    'git-annex',
    'pointer',
    `It stands for a file that was not fetched: datalad get ${quoted}, or git annex get ${quoted}`,
  );
  return { ...draft, details: bytes >= 0 ? { bytes } : {} };
}

const packers: readonly [mark: string, format: string, advice: string][] = [
  ['\x1f\x8b', 'gzip', 'gunzip'],
  ['BZh', 'bzip2', 'bunzip2'],
  ['\xfd7zXZ', 'xz', 'unxz'],
  ['\x28\xb5\x2f\xfd', 'zstd', 'unzstd'],
  ['7z\xbc\xaf\x27\x1c', '7z', '7z x'],
  ['Rar!', 'rar', 'unrar x'],
];

async function archive(look: Look): Promise<Draft | null> {
  const { start, name } = look;
  if (/\.cbin$/.test(name)) {
    return unreadable(
      'mtscomp',
      'archive',
      `It is a SpikeGLX stream compressed by mtscomp: mtsdecomp ${JSON.stringify(name)} (pip install mtscomp) gives the .bin`,
    );
  }
  const packed = packers.find(([mark]) => start.startsWith(mark));
  if (packed) return unreadable(packed[1], 'archive', `Unpack it first: ${packed[2]} ${JSON.stringify(name)}`);
  if (start.slice(257, 262) === 'ustar')
    return unreadable('tar', 'archive', `Unpack it first: tar xf ${JSON.stringify(name)}`);
  return start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06') ? zip(look) : null;
}

async function zip({ path, name }: Look): Promise<Draft> {
  try {
    const names = await zipNames(path);
    const folders = [...new Set(names.map((each) => each.split('/')[0]))];
    const arrays = names.length > 0 && names.every((each) => each.endsWith('.npy') && !each.includes('/'));
    const details = { members: names.length, first: folders.slice(0, 8).join(', ') };
    if (arrays) {
      const advice = `It holds the arrays ${names.slice(0, 8).join(', ')}, which are no sorting of SpikeLab (units, fs) or SpikeInterface (unit_ids, …)`;
      return { ...unreadable('npz', 'archive', advice), details };
    }
    return { ...unreadable('zip', 'archive', `Unpack it first: unzip ${JSON.stringify(name)}`), details };
  } catch (error) {
    const why = (error as Error).message;
    return unreadable('zip', 'archive', `It is cut or damaged (${why}): copy or download it again`, 'truncated');
  }
}

function table({ start, name }: Look): Draft | null {
  if (start.startsWith('PAR1')) {
    const advice = /^(sessions|datasets)\.pqt$/.test(name)
      ? "It is one of ONE's index tables: give its folder as indexTables to loadSpikeDataFromIbl"
      : 'Of Parquet, tables of units of the Brain-Wide Map are read: give it as bwmUnitsTable to queryIblProbes';
    return unreadable('parquet', 'table', advice);
  }
  if (start.startsWith('ARROW1')) return unreadable('arrow', 'table', 'Arrow files are not read: export it as CSV');
  if (/^MATLAB 5\.0 MAT-file/.test(start)) {
    return unreadable(
      'matlab',
      'table',
      "Save it by save('…', '-v7.3'): such files are HDF5, and loadSpikeDataFromHdf5 reads them",
    );
  }
  return null;
}

function document({ start, head, name }: Look): Draft {
  if (/^\s*<(!doctype html|html)/i.test(start)) {
    return unreadable(
      'html',
      'unknown',
      'It is a web page: the download gave a page (a login, an error) in place of the file',
    );
  }
  const text = !head.includes(0) && !head.toString('utf8').slice(0, -4).includes('\uFFFD');
  if (text) {
    const kind = /^\s*[[{]/.test(start) ? 'json' : /^\s*<\?xml/.test(start) ? 'xml' : 'text';
    return { ...unreadable(kind, 'unknown', `${name} is text: it holds no samples and no spike times`), weak: true };
  }
  const first = head
    .subarray(0, 8)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
  const advice = `It starts with the bytes ${first}, which none of the known formats does; flat samples are opened with format 'binary', channels and fsHz`;
  return { ...unreadable('unknown', 'unknown', advice), weak: true };
}
