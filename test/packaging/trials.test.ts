import { expect, it } from 'vitest';

const script = (path: string) => import(new URL(`../../scripts/${path}`, import.meta.url).href);
const { nodes, packages, toolsOf } = (await script('try/tools.mjs')) as {
  nodes: string[];
  packages: Record<string, string>;
  toolsOf(name: string, manager: string, version: string): string[];
};

it.each(['npm', 'pnpm', 'yarn', 'yarn-pnp', 'bun'])('a trial of %s asks for tools that there are', (manager) => {
  for (const name of ['bookworm', 'trixie', 'arm64', 'musl'])
    for (const version of nodes)
      for (const tool of toolsOf(name, manager, version)) expect(packages).toHaveProperty([tool]);
});

it('npm 12, which does not run under Node.js 20, is replaced there', () => {
  expect(toolsOf('bookworm', 'npm', '20')).toEqual(['node20', 'npm11']);
  expect(toolsOf('bookworm', 'npm', '22')).toEqual(['node22', 'npm']);
});
