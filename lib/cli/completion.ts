/** `spikelab completion`: a script that completes commands and flags in bash, zsh or fish. */
import { Argument, type Command } from 'commander';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const examples = `Examples:
  spikelab completion bash > ~/.local/share/bash-completion/completions/spikelab
  spikelab completion zsh > "\${fpath[1]}/_spikelab"
  spikelab completion fish > ~/.config/fish/completions/spikelab.fish
`;

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for bash, zsh or fish')
    .addHelpText('before', examples)
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(scripts[shell](entries(program)));
    });
}

interface Entry {
  /** 'detect', or 'ibl load' for a command of a command. */
  words: string;
  summary: string;
  flags: { long: string; description: string }[];
}

function entries(command: Command, before = ''): Entry[] {
  return command.commands.flatMap((each) => {
    const words = before ? `${before} ${each.name()}` : each.name();
    const flags = each.options
      .filter(({ hidden, long }) => !hidden && long)
      .map(({ long, description }) => ({ long: String(long), description }));
    return [{ words, summary: each.summary(), flags }, ...entries(each, words)];
  });
}

const scripts: Readonly<Record<Shell, (all: readonly Entry[]) => string>> = { bash, zsh, fish };

/** Words that may follow each command: its commands and its flags. */
const following = (all: readonly Entry[], words: string) => [
  ...all.filter((entry) => entry.words.startsWith(`${words} `)).map((entry) => entry.words.slice(words.length + 1)),
  ...(all.find((entry) => entry.words === words)?.flags.map(({ long }) => long) ?? []),
];
const top = (all: readonly Entry[]) => all.map(({ words }) => words).filter((words) => !words.includes(' '));

function bash(all: readonly Entry[]): string {
  const cases = all.map(({ words }) => `    "${words}") words="${following(all, words).join(' ')}" ;;`).reverse();
  return `_spikelab() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" words=""
  [[ " ${[...new Set(all.filter(({ words }) => words.includes(' ')).map(({ words }) => words))].join(' | ')} " == *" $command \${COMP_WORDS[2]} "* ]] && command="$command \${COMP_WORDS[2]}"
  [[ $COMP_CWORD -eq 1 ]] && command=""
  case "$command" in
    "") words="${top(all).join(' ')}" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _spikelab spikelab
`;
}

const quoted = (text: string) =>
  text
    .replace(/['\\:[\]]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

function zsh(all: readonly Entry[]): string {
  const cases = all
    .map(({ words }) => `    '${words}') compadd -- ${following(all, words).join(' ')}; _files ;;`)
    .reverse();
  return `#compdef spikelab
_spikelab() {
  local command="$words[2]"
  [[ " ${all
    .filter(({ words }) => words.includes(' '))
    .map(({ words }) => words)
    .join(' | ')} " == *" $command $words[3] "* ]] && command="$command $words[3]"
  (( CURRENT == 2 )) && command=''
  case "$command" in
    '') local -a commands=(${all
      .filter(({ words }) => !words.includes(' '))
      .map(({ words, summary }) => `'${words}:${quoted(summary)}'`)
      .join(' ')}); _describe command commands ;;
${cases.join('\n')}
    *) _files ;;
  esac
}
_spikelab "$@"
`;
}

function fish(all: readonly Entry[]): string {
  const lines = all.flatMap(({ words, summary, flags }) => {
    const [parent, child] = words.split(' ');
    const under = child ? `'__fish_seen_subcommand_from ${parent}'` : '__fish_use_subcommand';
    const named = `complete -c spikelab -n ${under} -a ${child ?? parent} -d '${quoted(summary)}'`;
    const own = flags.map(
      ({ long, description }) =>
        `complete -c spikelab -n '__fish_seen_subcommand_from ${child ?? parent}' -l ${long.slice(2)} -d '${quoted(description)}'`,
    );
    return [named, ...own];
  });
  return `${lines.join('\n')}\n`;
}
