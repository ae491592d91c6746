// The entry of "npm start": a Node that cannot load TypeScript must reach the check all the same.
import './require-node-24.mjs';

await import('./main.ts');
