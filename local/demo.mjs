// The entry of "npm run demo": a Node that cannot load TypeScript must reach the check all the same.
import './require-node-24.mjs';

await import('./demo/main.ts');
