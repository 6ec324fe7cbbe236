#!/usr/bin/env node
import { native } from '../binding.js';

process.stdout.write(`${JSON.stringify(native().buildInfo())}\n`);
