import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    // worker_threads would share one native process; forks keep a crash in one file from taking the others along
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
