import type { CatalogEvent } from '../../shared/event.ts';

/** Noon of the day that the tests live in. */
export const noonMs = Date.UTC(2026, 10, 22, 12);
export const noon = new Date(noonMs).toISOString();

/** An event published at noon. */
export const anEvent = (overrides: Partial<CatalogEvent> = {}): CatalogEvent => ({
  id: 'evt_01',
  tenant: 'default',
  event_name: 'subtitle_downloaded',
  version: 1,
  timestamp: noon,
  data: { provider_name: 'opensubtitles', language: 'de', series_title: 'Frieren – Beyond Journey’s End' },
  ...overrides,
});
