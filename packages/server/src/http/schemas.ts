/** JSON schemas of what goes in and out: fastify checks and writes by them, and /openapi.json shows them. */
import { formatsOf, operations } from 'spikelab/server';

const id = { type: 'string', pattern: '^[0-9a-f-]{36}$' } as const;
const time = { type: 'string', format: 'date-time', nullable: true } as const;
const count = { type: 'number' } as const;

const problem = {
  type: 'object',
  description: 'RFC 9457',
  additionalProperties: true,
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable: a code of spikelab, or one of the server' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
  },
} as const;

export const problems = { '4xx': problem, '5xx': problem } as const;

const upload = {
  type: 'object',
  properties: {
    id,
    name: { type: 'string' },
    state: { type: 'string', enum: ['receiving', 'ready'] },
    bytes: count,
    count: { type: 'integer', description: 'Files' },
    files: { type: 'array', items: { type: 'object', properties: { path: { type: 'string' }, bytes: count } } },
    created: time,
  },
} as const;

const allFormats = [...new Set(operations.flatMap((operation) => formatsOf(operation)))];
const free = { type: 'object', additionalProperties: true } as const;

const jobRequest = {
  type: 'object',
  required: ['do'],
  additionalProperties: false,
  properties: {
    upload: { ...id, description: 'Of an upload' },
    path: { type: 'string', description: 'A file or folder within the upload. Default: all of it' },
    source: { type: 'string', description: 'Instead of an upload: a path or URL that the operator allowed' },
    do: { type: 'string', enum: [...operations] },
    format: { type: 'string', enum: allFormats, description: 'What is written' },
    formats: { type: 'array', items: { type: 'string', enum: allFormats }, minItems: 1, maxItems: 8 },
    options: { ...free, description: 'Of the operation and the format, by their names in the library' },
    priority: { type: 'integer', minimum: -10, maximum: 10, default: 0, description: 'The higher the sooner' },
  },
} as const;

const job = {
  type: 'object',
  properties: {
    id,
    state: { type: 'string', enum: ['queued', 'active', 'done', 'failed', 'cancelled'] },
    do: { type: 'string' },
    formats: { type: 'array', items: { type: 'string' } },
    options: free,
    priority: { type: 'integer' },
    progress: { type: 'number', minimum: 0, maximum: 1 },
    upload: id,
    path: { type: 'string' },
    source: { type: 'string' },
    created: time,
    started: time,
    ended: time,
    units: count,
    spikes: count,
    seconds: count,
    warnings: {
      type: 'array',
      items: { type: 'object', properties: { code: { type: 'string' }, message: { type: 'string' } } },
    },
    problem,
    results: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, format: { type: 'string' }, bytes: count, href: { type: 'string' } },
      },
    },
  },
} as const;

const limit = { type: 'integer', minimum: 1, maximum: 1000, default: 100 } as const;

export const schemas = {
  id,
  upload,
  job,
  jobRequest,
  limitQuery: { type: 'object', properties: { limit } },
  jobsQuery: { type: 'object', properties: { limit, state: job.properties.state } },
} as const;
