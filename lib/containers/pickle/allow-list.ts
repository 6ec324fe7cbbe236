/**
 * The allow-list: exactly these (module, name) pairs, compared as whole strings, and what each makes. Everything else that a
 * pickle names is refused. Scanners that look for dangerous names have been bypassed again and again; a list of harmless ones
 * cannot be, as long as everything on it makes data and nothing else.
 */
import { builtinGlobals } from './builtin-globals.js';
import { neoGlobals } from './neo-globals.js';
import { numpyGlobals } from './numpy-globals.js';
import { spikelabGlobals } from './spikelab-globals.js';
import { Global } from './values.js';

const allowed: ReadonlyMap<string, ReadonlyMap<string, Global>> = (() => {
  const modules = new Map<string, Map<string, Global>>();
  for (const table of [builtinGlobals, numpyGlobals, spikelabGlobals, neoGlobals]) {
    for (const [module, names] of Object.entries(table)) {
      const known = modules.get(module) ?? new Map<string, Global>();
      for (const [name, traits] of Object.entries(names)) known.set(name, new Global(module, name, traits));
      modules.set(module, known);
    }
  }
  return modules;
})();

/** The token of an allowed name; undefined for every other. */
export function resolveGlobal(module: string, name: string): Global | undefined {
  return allowed.get(module)?.get(name);
}
