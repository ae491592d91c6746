import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createAnswerOpenApi } from './answer-openapi.ts';
import { describeCatalog } from './describe-catalog.ts';
import { openApiText } from './openapi-text.prebuilt.ts';

export const handler = createHttpHandler(
  [
    {
      method: 'GET',
      path: '/api/v1/events/catalog',
      scope: 'read',
      handle: () => ({ status: 200, body: describeCatalog() }),
    },
    {
      method: 'GET',
      path: '/api/v1/openapi.json',
      scope: 'open',
      handle: createAnswerOpenApi(openApiText),
    },
  ],
  createLog('describe-api'),
);
