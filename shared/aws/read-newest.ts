import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Page } from '../cursor.ts';
import { pageBytesMax } from '../limits.ts';
import type { DynamoDBDocumentClient } from './clients.ts';

/** Rows in the order of time under one hash key, in the table itself or in an index. */
export interface Strand {
  readonly indexName?: string;
  readonly hash: { readonly name: string; readonly value: string };
  readonly rangeName: string;
}

/** A condition on what is no key: DynamoDB reads the rows that it keeps back all the same. */
export interface RowFilter {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface NewestQuery<Row> {
  /** The list is all of them, merged. */
  readonly strands: readonly Strand[];
  /** The range keys to read, both included. */
  readonly from: string;
  readonly to: string;
  readonly filter?: RowFilter | undefined;
  /** The attributes to read, all when it is absent; the range key always is. */
  readonly attributes?: readonly string[];
  /** Parses a row; undefined for one that is not wanted after all. */
  readonly read: (item: Readonly<Record<string, unknown>>) => Row | undefined;
  /** Whether many rows are read in vain, so that pages had better be large. */
  readonly isSparse: boolean;
}

/** How much one request may read of every strand, so that it ends however little it finds. */
export interface ReadBounds {
  readonly rowsPerPage: number;
  readonly pages: number;
}

/** 1 MB, the most that DynamoDB reads for a page, is some 1 000 rows; five pages take a quarter of a second. */
export const readBounds: ReadBounds = { rowsPerPage: 500, pages: 5 };

interface Found<Row> {
  readonly key: string;
  readonly row: Row;
}

/** What a bounded read found. */
export interface Stretch<Row> {
  /** Newest first; none is missing. */
  readonly found: readonly Found<Row>[];
  /** The key down to which all was read; undefined when nothing older is left. */
  readonly readTo: string | undefined;
}

/**
 * The greatest key below another: a query has no other way to leave one end of a range out. Keys are ASCII and hold no
 * character as great as the one that is added.
 */
export const keyBefore = (key: string): string =>
  `${key.slice(0, -1)}${String.fromCodePoint((key.codePointAt(key.length - 1) ?? 1) - 1)}\u007F`;

/** Greater than whatever begins with `prefix` and goes on as keys do. */
export const keyAfterAll = (prefix: string): string => `${prefix}\u007F`;

/**
 * Reads the newest rows of several strands: at least `wanted` where there are as many, unless `bounds` end it before.
 */
export async function readNewest<Row>(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  query: NewestQuery<Row>,
  { wanted, bounds }: { readonly wanted: number; readonly bounds: ReadBounds },
): Promise<Stretch<Row>> {
  // DynamoDB refuses a range whose ends have changed places.
  if (query.from > query.to) return { found: [], readTo: undefined };

  const readStrand = async (strand: Strand): Promise<Stretch<Row>> => {
    const found: Found<Row>[] = [];
    let startKey: Record<string, unknown> | undefined;
    for (let page = 0; page < bounds.pages; page++) {
      const answer = await dynamo.send(
        new QueryCommand({
          ...queryInput(query, strand),
          TableName: tableName,
          ScanIndexForward: false,
          Limit: query.isSparse ? bounds.rowsPerPage : wanted - found.length,
          ExclusiveStartKey: startKey,
        }),
      );
      for (const item of answer.Items ?? []) {
        const row = query.read(item);
        if (row !== undefined) found.push({ key: rangeOf(item, strand), row });
      }
      startKey = answer.LastEvaluatedKey;
      if (startKey === undefined || found.length >= wanted) break;
    }
    return { found, readTo: startKey === undefined ? undefined : rangeOf(startKey, strand) };
  };

  return merge(await Promise.all(query.strands.map(readStrand)));
}

/** Where one strand was read less far than the others, what they have beyond that must wait. */
function merge<Row>(strands: readonly Stretch<Row>[]): Stretch<Row> {
  const ends = strands.flatMap(({ readTo }) => readTo ?? []);
  const readTo = ends.length === 0 ? undefined : ends.reduce((a, b) => (a > b ? a : b));
  const found = strands
    .flatMap((strand) => strand.found)
    .filter(({ key }) => readTo === undefined || key >= readTo)
    .sort(byKeyDescending);
  return { found, readTo };
}

/** In the order of the keys, that of bytes: a locale's order would lose rows between two pages. */
function byKeyDescending(a: Found<unknown>, b: Found<unknown>): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? 1 : -1;
}

/**
 * The first `limit` rows, or as many as an answer may hold, but one at least; and the key before which the next page
 * begins.
 */
export function takePage<Row>({ found, readTo }: Stretch<Row>, limit: number): Page<Row> {
  const shown: Found<Row>[] = [];
  let bytes = 0;
  for (const each of found.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(each.row));
    if (bytes > pageBytesMax && shown.length > 0) break;
    shown.push(each);
  }
  return {
    items: shown.map(({ row }) => row),
    nextKey: shown.length < found.length ? shown.at(-1)?.key : readTo,
  };
}

const keySchema = z.string();
const rangeOf = (item: Readonly<Record<string, unknown>>, { rangeName }: Strand): string =>
  keySchema.parse(item[rangeName]);

function queryInput<Row>({ from, to, filter, attributes }: NewestQuery<Row>, strand: Strand) {
  const read = attributes === undefined ? [] : [...new Set([...attributes, strand.rangeName])];
  return {
    ...(strand.indexName === undefined ? {} : { IndexName: strand.indexName }),
    KeyConditionExpression: '#hash = :hash AND #range BETWEEN :from AND :to',
    ...(filter === undefined ? {} : { FilterExpression: filter.expression }),
    ...(read.length === 0
      ? {}
      : { ProjectionExpression: read.map((_, index) => `#read${index}`).join(', ') }),
    ExpressionAttributeNames: {
      '#hash': strand.hash.name,
      '#range': strand.rangeName,
      ...filter?.names,
      ...Object.fromEntries(read.map((name, index) => [`#read${index}`, name])),
    },
    ExpressionAttributeValues: {
      ':hash': strand.hash.value,
      ':from': from,
      ':to': to,
      ...filter?.values,
    },
  };
}
