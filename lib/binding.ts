/**
 * The contract with the native addon, and the one place that loads it. native/addon.cpp registers the same functions in the
 * same order; a test compares the two.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { AddonLoadError } from './errors.js';

/** A long native call. Its inputs are borrowed until `result` settles. */
export interface NativeJob<T> {
  result: Promise<T>;
  cancel(): void;
  /** The part that is done, from 0 to 1. */
  progress(): number;
}

/** Plain functions, plain objects, typed arrays; no classes cross. TypeScript validates, C++ protects memory. */
export interface NativeBinding {
  /** Versions and limits of this build. `threads`: CPUs that affinity and cgroup quota allow. */
  buildInfo(): { hdf5: string; libdeflate: boolean; threads: number };
}

/** Names of the contract, in order. */
export const bindingFunctions = ['buildInfo'] as const satisfies readonly (keyof NativeBinding)[];

let loaded: NativeBinding | undefined;

/** The addon, loaded when first needed. */
export function native(): NativeBinding {
  loaded ??= load();
  return loaded;
}

function load(): NativeBinding {
  const path = process.env.SPIKELAB_ADDON ?? fileURLToPath(new URL('../build/Release/spikelab.node', import.meta.url));
  try {
    return createRequire(import.meta.url)(path) as NativeBinding;
  } catch (cause) {
    const advice = [
      'apt-get install -y --no-install-recommends build-essential cmake pkg-config libhdf5-dev zlib1g-dev libdeflate-dev',
      'npm rebuild spikelab',
    ];
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The native addon of spikelab was expected at ${path} and could not be loaded (${reason}). To build it: ${advice.join(' && ')}`;
    throw new AddonLoadError(message, { tried: [path], advice }, { cause });
  }
}
