import { createOpenApi } from '../../shared/api/create-openapi.ts';
import { operations } from '../../shared/api/operations.ts';

/** The OpenAPI document as JSON. Bundled as this text: no function carries what it is made of. */
export const openApiText = JSON.stringify(createOpenApi(operations));
