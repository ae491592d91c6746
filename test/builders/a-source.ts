import type { Source } from '../../shared/source.ts';
import { noon } from './an-event.ts';

export const sonarrId = `src_${'0'.repeat(35)}1` as const;
export const radarrId = `src_${'0'.repeat(35)}2` as const;
export const sublarrId = `src_${'0'.repeat(35)}3` as const;

/** A Sonarr whose id alone lets it in. */
export const aSource = (overrides: Partial<Source> = {}): Source => ({
  id: sonarrId,
  tenant: 'acme',
  name: 'Sonarr upstairs',
  kind: 'sonarr',
  created_at: noon,
  ...overrides,
});
