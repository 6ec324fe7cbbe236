// The install script of the package: does nothing where a binary loads, else builds one. npm runs it for users who install
// spikelab as a dependency; in a clone `npm run build` does the same and more.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileAddon } from './build-native.mjs';
import { missing, stopIfNeeded } from './system-libraries.mjs';

const addon = fileURLToPath(new URL('../build/Release/spikelab.node', import.meta.url));
const loads = () => {
  try {
    createRequire(import.meta.url)(addon);
    return true;
  } catch {
    return false;
  }
};
if (!(existsSync(addon) && loads())) {
  stopIfNeeded(missing(), 'Install everything it needs with this command, then run npm install again');
  compileAddon();
}
