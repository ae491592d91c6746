import * as z from 'zod';
import type { CatalogEvent } from './event.ts';
import { coalesceKeyCharactersMax, queueDelaySecondsMax } from './limits.ts';

/** How a webhook wants its events gathered: those of one window and one key are sent as one digest. */
export const coalesceSchema = z.object({
  window_seconds: z.int(),
  /** A text with fields of the event in it, such as `{event_name} {data.series_title}`. */
  key: z.string(),
});
export type Coalesce = z.infer<typeof coalesceSchema>;

const field = /\{([^{}]*)\}/g;
const sameForAll = 'every event has its own, so nothing would ever be gathered';

function findFieldProblem(name: string): string | undefined {
  const [root, ...path] = name.split('.');
  if (root === 'id' || root === 'timestamp') return `{${name}} cannot be part of a key: ${sameForAll}`;
  if ((root === 'event_name' || root === 'version') && path.length === 0) return undefined;
  if (root === 'data' && path.length > 0 && path.every((part) => part !== '')) return undefined;
  return `{${name}} is no field of an event; known: {event_name}, {version}, {data.…}`;
}

/** Says at which character a key template goes wrong, and how; undefined when it does not. */
function findTemplateProblem(template: string): string | undefined {
  for (const { 0: text, 1: name = '', index } of template.matchAll(field)) {
    const problem = findFieldProblem(name);
    if (problem !== undefined) return `at character ${index + 1}: ${problem}`;
    // Blanked, so that what is left shows the braces that belong to no field.
    template = template.slice(0, index) + ' '.repeat(text.length) + template.slice(index + text.length);
  }
  const stray = template.search(/[{}]/);
  if (stray === -1) return undefined;
  return `at character ${stray + 1}: "${template[stray]}" stands alone; fields are written {event_name} or {data.series_title}`;
}

/** `coalesce` of a request. */
export const coalesceFieldSchema = z.strictObject({
  // A flush is one message that the queue delays to the window's end.
  window_seconds: z.int().min(1).max(queueDelaySecondsMax),
  key: z
    .string()
    .max(coalesceKeyCharactersMax)
    .superRefine((template, context) => {
      const message = findTemplateProblem(template);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
});

const read = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

function renderValue(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The key of an event: its fields in place of their names. One that is missing or null renders as empty. */
export const renderKey = (template: string, event: CatalogEvent): string =>
  template.replaceAll(field, (_, path: string) =>
    renderValue(path.split('.').reduce<unknown>((value, name) => read(value, name), event)),
  );
