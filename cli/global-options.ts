import type { Options } from './command.ts';

/** What every command takes. */
export const globalOptions = {
  url: { type: 'string', value: 'URL', help: 'the API, such as http://127.0.0.1:8484' },
  key: { type: 'string', value: 'KEY', help: 'the API key; others see it in the list of processes' },
  'live-url': { type: 'string', value: 'URL', help: 'the live stream: on AWS the output LiveUrl' },
  json: { type: 'boolean', help: 'the result as JSON' },
  help: { type: 'boolean', help: 'this text' },
} as const satisfies Options;
