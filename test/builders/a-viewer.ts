import { createViewer } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import { noonMs } from './an-event.ts';

/** Who watches everything, connected a minute before noon. */
export const aViewer = (overrides: Partial<Viewer> = {}): Viewer => ({
  ...createViewer({ tenant: 'default', connection_id: 'conn-1=', events: ['*'] }, noonMs - 60_000),
  ...overrides,
});
