#!/usr/bin/env node
import { run } from './run.js';

// No process.exit(): what is still on its way to a pipe would be lost.
process.exitCode = await run(process.argv.slice(2));
