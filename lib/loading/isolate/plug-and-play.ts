/** Yarn's Plug'n'Play: there is no node_modules, and a program finds packages only where Yarn's resolver was loaded before it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface PnpApi {
  getAllLocators(): object[];
  getPackageInformation(locator: object): { packageLocation: string } | null;
}

const require = createRequire(import.meta.url);

/** What Node.js is told so that a child finds packages as this process does; nothing where there is a node_modules. */
export function plugAndPlayWords(): string[] {
  if (!process.versions.pnp) return [];
  const resolver = require.resolve('pnpapi');
  const loader = join(dirname(resolver), '.pnp.loader.mjs');
  const forModules = existsSync(loader) ? ['--experimental-loader', pathToFileURL(loader).href] : [];
  return ['--require', resolver, ...forModules];
}

/** The folders from which packages are read: of the resolver, and of the archives that it looks into. */
export function plugAndPlayFolders(): string[] {
  if (!process.versions.pnp) return [];
  const api = require('pnpapi') as PnpApi;
  const packages = api.getAllLocators().map((locator) => api.getPackageInformation(locator));
  const folders = packages.flatMap((found) => (found ? [dirname(found.packageLocation.split('.zip/')[0])] : []));
  return [...new Set([dirname(require.resolve('pnpapi')), ...folders])];
}
