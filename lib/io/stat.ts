/**
 * What a path is. Of node:fs and not of node:fs/promises, whose `stat`, `lstat` and `chmod` end the process by a failed
 * assertion when `worker.terminate()` comes in their midst (Node 20.20: in 1 of some hundred workers that ask for many files).
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';

export const stat = promisify(fs.stat);
export const lstat = promisify(fs.lstat);
export const chmod = promisify(fs.chmod);
