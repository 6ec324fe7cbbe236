/** What commands say on stderr beside their result; `--quiet` keeps all of it back. */
let quiet = false;

export function beQuiet(): void {
  quiet = true;
}

export const isQuiet = () => quiet;

export function say(sentence: string): void {
  if (!quiet) process.stderr.write(`spikelab: ${sentence}\n`);
}

/** Warnings that Node would print with its process id and a hint about traces come out as ours do; what is not ours stays away. */
export function sayWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'SpikeLabWarning') say(`warning: ${warning.message}`);
  });
}
