import { expect, test } from 'vitest';
import { anEvent } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memoryScoringTable } from '../../test/builders/memory-scoring-table.ts';
import { createInvalidateScoring } from './invalidate-scoring.ts';

const event = anEvent({
  event_name: 'config_updated',
  tenant: 'acme',
  data: { updated_keys: ['provider_modifier_jimaku'] },
});

test('a change raises the version of its own tenant, and tells so in one line', async () => {
  const table = memoryScoringTable();
  const log = collectLog();
  await createInvalidateScoring({ raiseVersion: table.raiseVersion, log })(event);
  await expect(table.readVersion('acme')).resolves.toBe(1);
  await expect(table.readVersion('default')).resolves.toBe(0);
  expect(log.lines).toEqual([
    { level: 'info', message: 'scoring invalidated', event_id: 'evt_01', tenant: 'acme' },
  ]);
});

test('a failure is thrown, so that Lambda tries again', async () => {
  const raiseVersion = () => Promise.reject(new Error('throttled'));
  const invalidate = createInvalidateScoring({ raiseVersion, log: collectLog() });
  await expect(invalidate(event)).rejects.toThrow('throttled');
});
