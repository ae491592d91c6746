import { expect, test } from 'vitest';
import { formatNumber, renderTable } from './table.ts';

test.each([
  [1234.5, '1235'],
  [56.72, '56.7'],
  [5.672, '5.67'],
  [0.0894, '0.089'],
  [0, '0.00'],
  [Number.NaN, '–'],
])('%d reads %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('names stand to the left, figures to the right, and what is unknown is a dash', () => {
  expect(
    renderTable(
      ['case', 'per second'],
      [
        ['one', 12],
        ['another', undefined],
      ],
    ),
  ).toEqual(['case     per second', '-------  ----------', 'one              12', 'another           –']);
});
