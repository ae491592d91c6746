// The entry of "npm run bench": a Node that cannot load TypeScript must reach the check all the same.
import '../local/require-node-24.mjs';

await import('./main.ts');
