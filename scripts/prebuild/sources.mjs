// The libraries that are linked into the addon, as Debian 13 (trixie) packages their sources, each pinned by its hash. They are
// fetched by apt with lists of their own, so the machine's sources stay as they are; SPIKELAB_SOURCES names a folder that has them.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../steps.mjs';

export const sources = {
  zlib: {
    version: '1.3.1',
    tarball: 'zlib_1.3.dfsg+really1.3.1.orig.tar.gz',
    sha256: '60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb',
  },
  libdeflate: {
    version: '1.23',
    tarball: 'libdeflate_1.23.orig.tar.gz',
    sha256: '1ab18349b9fb0ce8a0ca4116bded725be7dcbfa709e19f6f983d99df1fb8b25f',
  },
  hdf5: {
    version: '1.14.5',
    tarball: 'hdf5_1.14.5+repack.orig.tar.gz',
    sha256: '71cdb04c151ef4e8a7f88907adfc4f3b75afd44e96fbd55775e1c9d7c4e7c112',
  },
};

const deb822 = `Types: deb-src
URIs: http://deb.debian.org/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

/** Unpacks each source into its own folder below `folder`, and gives the folders by name. */
export function unpackSources(folder) {
  const downloads = join(folder, 'downloads');
  mkdirSync(downloads, { recursive: true });
  const given = process.env.SPIKELAB_SOURCES;
  for (const { tarball } of Object.values(sources))
    if (given && existsSync(join(given, tarball))) copyFileSync(join(given, tarball), join(downloads, tarball));
  const absent = Object.keys(sources).filter((name) => !existsSync(join(downloads, sources[name].tarball)));
  if (absent.length) fetchWithApt(downloads, absent);
  return Object.fromEntries(Object.keys(sources).map((name) => [name, unpack(folder, downloads, name)]));
}

function unpack(folder, downloads, name) {
  const { tarball, sha256 } = sources[name];
  const path = join(downloads, tarball);
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found !== sha256)
    throw new Error(`${path} must have the SHA-256 ${sha256}, found ${found}: delete it and try again`);
  const into = join(folder, `${name}-${sha256.slice(0, 12)}`);
  if (existsSync(join(into, '.unpacked'))) return into;
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  run('tar', ['xzf', path, '-C', into, '--strip-components=1']);
  writeFileSync(join(into, '.unpacked'), '');
  return into;
}

function fetchWithApt(downloads, names) {
  const apt = join(downloads, '../apt');
  for (const part of ['parts', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, part), { recursive: true });
  writeFileSync(join(apt, 'parts/trixie.sources'), deb822);
  const options = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': join(apt, 'parts'),
    'Dir::State::Lists': join(apt, 'lists'),
    'Dir::Cache': join(apt, 'cache'),
  };
  const settings = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  run('apt-get', ['-q', ...settings, 'update']);
  run('apt-get', ['-q', ...settings, 'source', '--download-only', '--tar-only', ...names], { cwd: downloads });
}
