import { leaveOut, type ModuleReplacement } from './replace-modules.ts';

/** What no function reaches, though its package links to it. Every KB costs a cold start about 0.05 ms. */
export const unreachedModules: readonly ModuleReplacement[] = [
  leaveOut(
    '@smithy/core/dist-es/submodules/event-streams/index.js',
    'no operation in use streams events, and the import() of it forbids esbuild to join 150 other modules.',
  ),
  leaveOut('undici/lib/dispatcher/client-h2.js', 'receivers are spoken to in HTTP/1.1.'),
  leaveOut('undici/lib/llhttp/llhttp-wasm.js', 'Node 24 on x64 and arm64 takes the build with SIMD.'),
  leaveOut('undici/lib/web/fetch/body.js', 'a body is a string, never FormData.'),
  leaveOut('undici/lib/web/fetch/formdata.js', 'a body is a string, never FormData.'),
  leaveOut('undici/lib/web/webidl/index.js', 'a body is a string, never FormData.'),
  leaveOut('zod/v4/core/json-schema-processors.js', 'no function makes JSON Schema.', [
    'aggregateChecks',
    'allProcessors',
    'toJSONSchema',
  ]),
  leaveOut('zod/v4/core/to-json-schema.js', 'no function makes JSON Schema.', [
    'createStandardJSONSchemaMethod',
    'createToJSONSchemaMethod',
    'extractDefs',
    'finalize',
    'initializeContext',
    'processSchema',
  ]),
  {
    // Of DynamoDB's endpoint discovery, which is off unless the environment asks for it.
    file: '@aws-sdk/endpoint-cache/dist-es/index.js',
    contents: 'export class EndpointCache {}',
  },
];

/**
 * Lambda gives a function on Node its credentials in the environment and nowhere else. The whole chain (files, SSO,
 * web identity, containers, instances) is 130 KB and a quarter of a cold start.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const environmentCredentials: ModuleReplacement = {
  file: '@aws-sdk/credential-provider-node/dist-es/index.js',
  contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
};
