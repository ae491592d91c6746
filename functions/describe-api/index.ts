import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { describeCatalog } from './describe-catalog.ts';

export const handler = createHttpHandler(
  [
    {
      method: 'GET',
      path: '/api/v1/events/catalog',
      scope: 'read',
      handle: () => ({ status: 200, body: describeCatalog() }),
    },
  ],
  createLog('describe-api'),
);
