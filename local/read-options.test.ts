import { expect, test } from 'vitest';
import { readOptions } from './read-options.ts';

const defaults = { dataDir: '.sublarr-events', host: '127.0.0.1', port: 8484, hookWorkers: 1, isJson: false };

test.each([
  [[], {}],
  [['--data', '/srv/x'], { dataDir: '/srv/x' }],
  [['--ephemeral'], { dataDir: undefined }],
  [['--hook-workers', '4'], { hookWorkers: 4 }],
  [['--host=0.0.0.0', '--port', '0', '--json'], { host: '0.0.0.0', port: 0, isJson: true }],
])('%j starts with these options', (args, changes) => {
  expect(readOptions(args)).toEqual({ kind: 'start', options: { ...defaults, ...changes } });
});

test.each([
  [['--prot', '1'], /--prot/],
  [['extra'], /extra/],
  [['--port', 'x'], /--port must be a number.*"x"/],
  [['--port', '65536'], /--port/],
  [['--port'], /--port/],
  [['--hook-workers', '0'], /--hook-workers must be a number from 1 to 16, not "0"/],
  [['--hook-workers', 'many'], /--hook-workers.*"many"/],
  [['--ephemeral', '--data', 'd'], /exclude each other/],
  [['--data='], /--data needs a folder/],
  [['--json=yes'], /--json/],
])('%j is refused in one line', (args, problem) => {
  const read = readOptions(args);
  expect(read).toMatchObject({ kind: 'invalid', problem: expect.stringMatching(problem) });
  expect(read.kind === 'invalid' && read.problem).not.toContain('\n');
});

test('--help names every option', () => {
  const read = readOptions(['--help']);
  for (const option of ['--data', '--ephemeral', '--host', '--port', '--hook-workers', '--json']) {
    expect(read).toMatchObject({ kind: 'help', text: expect.stringContaining(option) });
  }
});
