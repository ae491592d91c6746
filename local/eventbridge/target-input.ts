import { assertNever } from '../../shared/assert-never.ts';
import type { TargetInput } from '../template/read-rule.ts';

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Reads a path such as `$.detail.items[0].id` or `$.detail-type`; undefined where it leads nowhere. */
export function readPath(event: unknown, path: string): unknown {
  const steps = path.replace(/^\$\.?/, '').match(/[^.[\]]+/g) ?? [];
  let value = event;
  for (const step of steps) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/**
 * EventBridge puts texts without quotes where the template already quotes, JSON where it does not, and nothing for
 * a path that leads nowhere. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(/"[^"]*"|<([^<>\s"]+)>/g, (piece, name: string | undefined) => {
    const put = (key: string, inQuotes: boolean): string => {
      if (!Object.hasOwn(values, key)) return `<${key}>`;
      const value = values[key];
      if (!inQuotes) return value === undefined ? '' : JSON.stringify(value);
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
      return JSON.stringify(text).slice(1, -1);
    };
    if (name !== undefined) return put(name, false);
    return piece.replaceAll(/<([^<>\s"]+)>/g, (_, key: string) => put(key, true));
  });
}

/** The text that a target receives for an event. */
export function renderTargetInput(input: TargetInput, event: unknown): string {
  switch (input.kind) {
    case 'event':
      return JSON.stringify(event);
    case 'constant':
      return input.text;
    case 'path':
      return JSON.stringify(readPath(event, input.path) ?? null);
    case 'template': {
      const values = Object.fromEntries(
        Object.entries(input.paths).map(([name, path]) => [name, readPath(event, path)]),
      );
      // A template that is one JSON text in quotes stands for plain text.
      const filled = fill(input.template, values);
      return /^".*"$/s.test(input.template.trim()) ? String(JSON.parse(filled)) : filled;
    }
    default:
      return assertNever(input);
  }
}
