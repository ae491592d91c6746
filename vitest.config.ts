import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{bench,shared,functions,cdk,local,test,client,cli}/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
