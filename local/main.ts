import './require-node-24.mjs';

const { runCli } = await import('./run-cli.ts');
await runCli(process.argv.slice(2));
