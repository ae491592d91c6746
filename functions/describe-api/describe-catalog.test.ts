import { expect, test } from 'vitest';
import { describeCatalog } from './describe-catalog.ts';

test('the catalog tells of each of the sixteen events its keys, their types, and a sample', () => {
  const { catalog_version, events } = describeCatalog();
  expect(catalog_version).toBe(1);
  expect(events).toHaveLength(16);
  for (const event of events) {
    expect(event.label).not.toBe('');
    expect(event.description).not.toBe('');
    expect(event.payload_keys).toEqual(Object.keys(event.payload_types));
    expect(Object.keys(event.sample).length).toBeGreaterThan(0);
  }
});

test('every event may be published but hook_executed', () => {
  const { events } = describeCatalog();
  expect(events.filter(({ publishable }) => !publishable).map(({ name }) => name)).toEqual(['hook_executed']);
});
