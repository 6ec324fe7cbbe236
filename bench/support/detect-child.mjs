// node detect-child.mjs small large channels: detects in the small file, then in the large one, and prints seconds and peak memory of
// the latter as JSON.
import { detectSpikes } from '../../dist/index.js';
import { measure } from './measure.mjs';

const [, , small, large, channels] = process.argv;
const detect = (path) => detectSpikes(path, { channels: Number(channels), fsHz: 20_000 });
await detect(small);
console.log(JSON.stringify(await measure(() => detect(large))));
