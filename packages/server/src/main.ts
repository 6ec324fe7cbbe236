/** `spikelab-server`: starts the service, or keeps its tokens. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { fields, type Settings, settingsOf, variableOf } from './core/settings.js';
import { openDatabase } from './database/database.js';
import { type Scope, scopes, Tokens } from './database/tokens.js';
import { startServer } from './server.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const program = new Command('spikelab-server')
  .description(
    'Takes uploads of recordings and sortings, and gives back what they are, their spikes, pictures and files.',
  )
  .version(version)
  .option('--config <file>', 'a JSON file of settings, by the names below in camelCase');
for (const [name, { value, help, default: fallback }] of Object.entries(fields)) {
  const shown = fallback === null || Array.isArray(fallback) ? '' : ` (default: ${String(fallback)})`;
  program.option(`--${kebab(name)} <${value}>`, `${help}${shown}`);
}
program
  .addHelpText('after', `\nEach setting may also come from the environment: ${variableOf('maxUpload')}=100GiB.`)
  .action(() => serve());

const settings = (): Settings => {
  const { config, ...flags } = program.opts<{ config?: string }>();
  return settingsOf(flags, process.env, config ?? process.env.SPIKELAB_SERVER_CONFIG);
};

async function serve(): Promise<void> {
  const server = await startServer(settings());
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // asked twice: at once
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
    server.stop().then(
      () => process.exit(0),
      (error) => fail(error),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

const token = program
  .command('token')
  .description('keep the tokens of clients; the server may run only with --database');
token
  .command('add')
  .description('make a token and print it: it is shown this once')
  .argument('<name>', 'whose it is')
  .option('--scopes <list>', `of ${scopes.join(', ')}, comma between`, 'read,write')
  .option('--days <n>', 'how long it is good (default: for ever)')
  .action((name: string, { scopes: list, days }: { scopes: string; days?: string }) =>
    withTokens(async (tokens) => {
      const wanted = list.split(',').map((one) => one.trim()) as Scope[];
      const wrong = wanted.find((one) => !scopes.includes(one));
      if (wrong !== undefined) throw new Error(`--scopes must be of ${scopes.join(', ')}, got ${wrong}`);
      if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days)) throw new Error('--days must be a number of at least 1');
      const added = await tokens.add(name, wanted, days === undefined ? null : Number(days));
      process.stdout.write(`${added.token}\n`);
    }),
  );
token
  .command('list')
  .description('names, scopes and times; never a token')
  .action(() =>
    withTokens(async (tokens) => {
      for (const row of await tokens.list()) {
        const until = row.expires ? ` until ${row.expires.toISOString()}` : '';
        process.stdout.write(`${row.id}  ${row.name}  ${row.scopes}  since ${row.created.toISOString()}${until}\n`);
      }
    }),
  );
token
  .command('remove')
  .description('make a token good for nothing')
  .argument('<id>', 'its id, as list has it')
  .action((id: string) =>
    withTokens(async (tokens) => {
      if (!(await tokens.remove(id))) throw new Error(`there is no token ${id}`);
    }),
  );

async function withTokens(work: (tokens: Tokens) => Promise<void>): Promise<void> {
  const database = await openDatabase(settings());
  try {
    await work(new Tokens(database));
  } finally {
    await database.close();
  }
}

function fail(error: unknown): void {
  console.error(`spikelab-server: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

program.parseAsync().catch(fail);
