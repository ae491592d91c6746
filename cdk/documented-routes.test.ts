import { expect, test } from 'vitest';
import * as z from 'zod';
import { operations } from '../shared/api/operations.ts';
import { buildFixtureApp, openFixtureFolder } from './fixture-app.ts';
import { SynthesizedStack } from './synthesized-stack.ts';

const routeSchema = z.object({
  RouteKey: z.templateLiteral([z.string(), ' /', z.string()]),
  AuthorizationType: z.enum(['CUSTOM', 'NONE']),
});

test('every route of the template is in the OpenAPI document and no other, with a key or without as it is served', () => {
  const stack = new SynthesizedStack(buildFixtureApp(openFixtureFolder()).app);
  const routes = stack.all('AWS::ApiGatewayV2::Route').flatMap(({ Properties }) => {
    const route = routeSchema.safeParse(Properties);
    return route.success ? [`${route.data.RouteKey}, ${route.data.AuthorizationType}`] : [];
  });
  const documented = operations.map(
    ({ method, path, scope }) => `${method} ${path}, ${scope === 'open' ? 'NONE' : 'CUSTOM'}`,
  );
  expect(documented.sort()).toEqual(routes.sort());
});
