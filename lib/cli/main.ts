#!/usr/bin/env node
try {
  await import('../core/engine.js');
} catch (error) {
  console.error(`spikelab: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

// Loaded after the check: an old Node.js could fail on what these import, in words that help nobody.
const { run } = await import('./run.js');

// No process.exit(): what is still on its way to a pipe would be lost.
const exitCode = await run(process.argv.slice(2));
process.exitCode ||= exitCode;
