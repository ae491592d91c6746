import { defineConfig } from 'vitest/config';
export default defineConfig({ test: { include: ['{client,cli,test}/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000, maxWorkers: 1 } });
