/** The child of isolated reads: the one module that is started as a program of its own. */
import { serve } from '../loading/isolate/child.js';
import { isolatedFunctions } from './isolated-functions.js';

await serve(isolatedFunctions);
