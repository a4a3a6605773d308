import { defineConfig } from 'vitest/config';

/** What every package's tests share: separate processes (the native engine refuses a second worker thread). */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: true,
    // The file is what `pnpm test` counts; it lies where git does not look and turbo keeps it with a cached result.
    reporters: ['default', ['json', { outputFile: '.turbo/tests.json' }]],
  },
});
