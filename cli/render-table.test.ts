import { expect, test } from 'vitest';
import { renderProgress } from './render-progress.ts';
import { renderFields, renderTable } from './render-table.ts';
import { createPaint, createTerminal, toPrintable } from './terminal.ts';

const plain = createPaint(false);
const rows = [
  { id: 'wh_1', url: 'http://127.0.0.1:9000/a/very/long/path' },
  { id: 'wh_22', url: 'http://x' },
];
const columns = [
  { head: 'ID', cell: ({ id }: { id: string }) => id },
  { head: 'URL', cell: ({ url }: { url: string }) => url, isCut: true as const },
];

test('a table is aligned, and whole where nobody looks', () => {
  expect(renderTable(rows, columns, { paint: plain, columns: Infinity })).toEqual([
    'ID     URL',
    'wh_1   http://127.0.0.1:9000/a/very/long/path',
    'wh_22  http://x',
  ]);
});

test('in a terminal what may be cut is cut, and an id never', () => {
  const lines = renderTable(rows, columns, { paint: plain, columns: 30 });
  expect(lines[1]).toBe('wh_1   http://127.0.0.1:9000/…');
  const narrow = renderTable(rows, [...columns].reverse(), { paint: plain, columns: 5 });
  expect(narrow[1]).toBe('http://127.0.0.…  wh_1');
});

test('what others wrote cannot steer the terminal', () => {
  const evil = 'a\u001B[2J\r\nb\u0007\u009Bc\u2028d';
  expect(toPrintable(evil)).toBe('a [2J b c d');
  const [, line] = renderTable([{ id: evil, url: '' }], columns, { paint: plain, columns: Infinity });
  expect(line).toBe('a [2J b c d');
  expect(renderFields({ name: evil, data: { x: evil } }, { paint: plain }).join('')).not.toContain('\u001B');
});

test.each([
  [{ state: 'queued', total: null, done: 0, failed: 0 }, 'queued: counting'],
  [{ state: 'running', total: 0, done: 0, failed: 0 }, `${'█'.repeat(24)} 100 %  0 of 0`],
  [
    { state: 'running', total: 200, done: 99, failed: 1 },
    `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  99 of 200, 1 failed`,
  ],
] as const)('progress of %j', (job, expected) => {
  expect(renderProgress(job, plain, 80)).toBe(expected);
});

test.each([80, 40, 30])('progress fits a terminal of %i columns', (columns) => {
  const job = { state: 'running', total: 1234, done: 617, failed: 3 } as const;
  const line = renderProgress(job, plain, columns);
  expect(line.length).toBeLessThan(columns);
  expect(line).toContain('50 %  617 of 1234, 3 failed');
});

function terminalOf(isTTY: boolean, environment: NodeJS.ProcessEnv = {}) {
  const written: string[] = [];
  const stream = { write: (text: string | Uint8Array) => written.push(String(text)) > 0, isTTY, columns: 90 };
  return { terminal: createTerminal({ stdout: stream, stderr: stream }, environment), written };
}

test('colours, progress and indented JSON are for terminals alone, and NO_COLOR is heeded', () => {
  const { terminal, written } = terminalOf(false);
  terminal.showStatus('half');
  terminal.printJson({ a: 1 });
  terminal.print(terminal.paint.red('x'));
  expect(written).toEqual(['{"a":1}\n', 'x\n']);
  expect(terminal.columns).toBe(Infinity);

  const looked = terminalOf(true);
  looked.terminal.showStatus('half');
  looked.terminal.print(looked.terminal.paint.red('x'));
  expect(looked.written.join('')).toBe('\r\u001B[2Khalf\r\u001B[2K\u001B[31mx\u001B[39m\n');
  expect(terminalOf(true, { NO_COLOR: '1' }).terminal.paint.red('x')).toBe('x');
  expect(terminalOf(true, { TERM: 'dumb' }).terminal.paint.red('x')).toBe('x');
});
