import { z } from 'zod';
import { parseInput } from '../aws/parse-input.ts';
import { AwsError, type AwsOperation } from '../aws/service.ts';
import type { StackPlace } from '../template/name-resource.ts';
import type { BusEvent, EventBuses } from './event-buses.ts';

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const entriesMax = 10;
const requestBytesMax = 256 * 1024;
// A timestamp counts for 14 bytes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const timeBytes = 14;

const entry = z.object({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  Time: z.number().optional(),
});

const input = z.object({ Entries: z.array(entry).min(1).max(entriesMax) });

type Entry = z.infer<typeof entry>;
type Checked =
  | { readonly busName: string; readonly event: BusEvent }
  | { readonly code: string; readonly message: string };

function bytesOf(given: Entry): number {
  const texts = [given.Source, given.DetailType, given.Detail, ...given.Resources];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
  return bytes + (given.Time === undefined ? 0 : timeBytes);
}

function parseDetail(detail: string): unknown {
  try {
    return JSON.parse(detail);
  } catch {
    return undefined;
  }
}

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** PutEvents: answers when the targets of every accepted entry have it durably. */
export function createPutEvents(options: {
  readonly buses: EventBuses;
  readonly place: StackPlace;
  readonly now: () => Date;
  readonly randomId: () => string;
}): AwsOperation {
  const { buses, place } = options;

  const check = (given: Entry): Checked => {
    const invalid = (message: string): Checked => ({ code: 'InvalidArgument', message });
    const { Source, DetailType, Detail, Resources } = given;
    const busName = given.EventBusName?.split('/').at(-1) ?? 'default';
    if (!Source) return invalid('Parameter Source is not valid. Reason: Source is a required argument.');
    if (!DetailType)
      return invalid('Parameter DetailType is not valid. Reason: DetailType is a required argument.');
    if (!Detail) return invalid('Parameter Detail is not valid. Reason: Detail is a required argument.');
    if (Source.startsWith('aws.')) {
      return { code: 'NotAuthorizedForSourceException', message: `Not authorized for the source ${Source}.` };
    }
    const detail = parseDetail(Detail);
    if (!isJsonObject(detail)) return { code: 'MalformedDetail', message: 'Detail is malformed.' };
    if (!buses.has(busName)) {
      return { code: 'ResourceNotFoundException', message: `Event bus ${busName} does not exist.` };
    }
    const event: BusEvent = {
      version: '0',
      id: options.randomId(),
      'detail-type': DetailType,
      source: Source,
      account: place.accountId,
      time: `${(given.Time === undefined ? options.now() : new Date(given.Time * 1000)).toISOString().slice(0, 19)}Z`,
      region: place.region,
      resources: Resources,
      detail,
    };
    return { busName, event };
  };

  return async (raw) => {
    const { Entries } = parseInput(input, raw);
    const bytes = Entries.reduce((sum, given) => sum + bytesOf(given), 0);
    if (bytes > requestBytesMax) {
      throw new AwsError(
        'ValidationException',
        `Total size of the entries in the request is over the limit (${bytes} bytes).`,
      );
    }
    const checked = Entries.map(check);
    const accepted = checked.filter((each) => 'event' in each);
    const problems = await buses.put(accepted);
    const outcomes = new Map(accepted.map((each, at) => [each, problems[at]]));
    const results = checked.map((each) => {
      if ('code' in each) return { ErrorCode: each.code, ErrorMessage: each.message };
      const problem = outcomes.get(each);
      return problem === undefined
        ? { EventId: each.event.id }
        : { ErrorCode: 'InternalFailure', ErrorMessage: problem };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  };
}
