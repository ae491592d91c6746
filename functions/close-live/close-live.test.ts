import { expect, test } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import { createCloseLive } from './close-live.ts';

test.each([
  [true, 'removed'],
  [false, 'already gone'],
])('a connection is forgotten by its id (known before: %j)', async (isKnown, state) => {
  const log = collectLog();
  const removed: string[] = [];
  const closeLive = createCloseLive({
    removeViewer: async (id) => {
      removed.push(id);
      return isKnown;
    },
    log,
  });
  expect(await closeLive({ connectionId: 'conn-1=' })).toEqual({});
  expect(removed).toEqual(['conn-1=']);
  expect(log.lines).toMatchObject([{ level: 'info', connection_id: 'conn-1=', state }]);
});
