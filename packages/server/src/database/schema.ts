/** The tables. The queue has its own, in the schema `pgboss`. */
import { take } from './take.js';

/** Any number: processes that start at once make the tables one after the other. */
const lock = 7_304_193;

/** Changing a table waits for all who use it, and they for it: done where it is needed alone. */
const column = (table: string, name: string, type: string) => `
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM information_schema.columns
      WHERE table_schema = 'spikelab' AND table_name = '${table}' AND column_name = '${name}') THEN
    ALTER TABLE spikelab.${table} ADD COLUMN ${name} ${type};
  END IF;
END $$;`;

export const schema = `
BEGIN;
SELECT pg_advisory_xact_lock(${lock});
CREATE SCHEMA IF NOT EXISTS spikelab;
CREATE SCHEMA IF NOT EXISTS pgboss;
CREATE TABLE IF NOT EXISTS spikelab.self (id text NOT NULL);
INSERT INTO spikelab.self SELECT gen_random_uuid()::text WHERE NOT EXISTS (SELECT 1 FROM spikelab.self);
CREATE TABLE IF NOT EXISTS spikelab.tokens (
  id text PRIMARY KEY,
  name text NOT NULL,
  hash text NOT NULL,
  scopes text NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  expires timestamptz
);
CREATE TABLE IF NOT EXISTS spikelab.runners (
  id text PRIMARY KEY,
  beat timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS spikelab.locks (
  id text PRIMARY KEY,
  holder text NOT NULL,
  until timestamptz NOT NULL,
  wanted boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS spikelab.uploads (
  id text PRIMARY KEY,
  owner text NOT NULL,
  name text NOT NULL,
  state text NOT NULL,
  bytes float8 NOT NULL DEFAULT 0,
  files jsonb NOT NULL DEFAULT '[]',
  created timestamptz NOT NULL DEFAULT now(),
  used timestamptz NOT NULL DEFAULT now()
);
${column('uploads', 'place', 'text')}
CREATE INDEX IF NOT EXISTS uploads_owner ON spikelab.uploads (owner, created);
CREATE TABLE IF NOT EXISTS spikelab.jobs (
  id text PRIMARY KEY,
  owner text NOT NULL,
  upload text,
  source text NOT NULL,
  operation text NOT NULL,
  formats jsonb NOT NULL,
  options jsonb NOT NULL,
  priority int NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'queued',
  attempt int NOT NULL DEFAULT 0,
  runner text,
  delivery text,
  progress float8 NOT NULL DEFAULT 0,
  created timestamptz NOT NULL DEFAULT now(),
  queued timestamptz NOT NULL DEFAULT now(),
  started timestamptz,
  ended timestamptz,
  outcome jsonb,
  outputs jsonb NOT NULL DEFAULT '[]',
  bytes float8 NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS jobs_owner ON spikelab.jobs (owner, created);
CREATE INDEX IF NOT EXISTS jobs_open ON spikelab.jobs (state) WHERE state IN ('queued', 'active');
CREATE INDEX IF NOT EXISTS jobs_began ON spikelab.jobs (owner, started);
CREATE INDEX IF NOT EXISTS jobs_waiting ON spikelab.jobs (owner, priority, created) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS jobs_upload ON spikelab.jobs (upload);
${take}
COMMIT;
`;
