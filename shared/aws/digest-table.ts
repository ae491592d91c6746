import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { digestMemberSchema, placeOf } from '../digest.ts';
import type { DigestKey, DigestMember } from '../digest.ts';
import { eventSchema } from '../event.ts';
import type { CatalogEvent } from '../event.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';
import { deliveryKeyOf, eventKeyOf, expiryOf } from './ledger-keys.ts';
import { readItems } from './read-items.ts';
import { writeItems } from './write-items.ts';

/** A part of a digest: which members it stands for, settled once and for all. */
export interface Seal {
  /** The token of the message that sends it. */
  readonly owner: string;
  /** In the order of their places; never empty. */
  readonly members: readonly DigestMember[];
}

/** What is gathered for digests. Every write may be done again. */
export interface DigestTable {
  putMembers(
    members: readonly { readonly digest: DigestKey; readonly member: DigestMember }[],
  ): Promise<void>;
  /** A page of the members in the order of their places, whether they were sent or not. */
  listMembers(
    digest: DigestKey,
    after: string | undefined,
  ): Promise<{ readonly members: readonly DigestMember[]; readonly isLast: boolean }>;
  /** The parts in their order. */
  listSeals(digest: DigestKey): Promise<readonly Seal[]>;
  /** Settles a part with what is sent for it. False when somebody else has. */
  seal(digest: DigestKey, part: number, seal: Seal & { readonly sent: CatalogEvent }): Promise<boolean>;
  /** What is sent for a part. Throws when there is none. */
  readSent(digest: DigestKey, part: number): Promise<CatalogEvent>;
  /** Of members those that the ledger knows no delivery of. */
  listUnrecorded(digest: DigestKey, members: readonly DigestMember[]): Promise<readonly DigestMember[]>;
  /** The whole events of members. Throws when one is missing. */
  readEvents(digest: DigestKey, members: readonly DigestMember[]): Promise<readonly CatalogEvent[]>;
}

const membersPerPage = 2_000;
/** Of at most 64 characters' id each: some 150 KB, where an item holds 400 KB. */
const membersPerList = 1_000;

const memberPrefix = 'member#';
const sealPrefix = 'seal#';

const pkOf = ({ tenant, webhook_id, digest_id }: DigestKey): string =>
  `${tenant}#digest#${webhook_id}#${digest_id}`;
const sealKeyOf = (part: number): string => `${sealPrefix}${String(part).padStart(6, '0')}`;
const listKeyOf = (listId: string, index: number): string => `list#${listId}#${index}`;

/** As text: small, and no deeper than a table takes. */
const jsonOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

const sealSchema = z.object({
  part: z.int(),
  owner: z.string(),
  list_id: z.string(),
  lists: z.int(),
});
const sentSchema = z.object({ sent: jsonOf(eventSchema) });
const listSchema = z.object({ members: jsonOf(z.array(digestMemberSchema)) });

/**
 * Opens the digests in the ledger table. The members of a part are written as lists of their own first, and the part
 * is sealed by one conditional write that names them: whoever reads it finds all of them or nothing.
 * @param createListId names the lists of one attempt, so that no other attempt overwrites them
 */
export function openDigests(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  createListId: () => string,
): DigestTable {
  const at = (digest: DigestKey, sk: string) => ({ table: tableName, key: { pk: pkOf(digest), sk } });

  const listRows = async (digest: DigestKey): Promise<z.output<typeof sealSchema>[]> => {
    const rows: z.output<typeof sealSchema>[] = [];
    let startKey: Record<string, unknown> | undefined;
    do {
      const answer = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': pkOf(digest), ':prefix': sealPrefix },
          ProjectionExpression: 'part, #owner, list_id, lists',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ConsistentRead: true,
          ExclusiveStartKey: startKey,
        }),
      );
      rows.push(...(answer.Items ?? []).map((item) => sealSchema.parse(item)));
      startKey = answer.LastEvaluatedKey;
    } while (startKey !== undefined);
    return rows;
  };

  return {
    async putMembers(members) {
      await writeItems(
        dynamo,
        tableName,
        members.map(({ digest, member }) => ({
          PutRequest: {
            Item: {
              pk: pkOf(digest),
              sk: memberPrefix + placeOf(member),
              id: member.id,
              timestamp: member.timestamp,
              event_name: member.event_name,
              expires_at: expiryOf(member.timestamp),
            },
          },
        })),
      );
    },

    async listMembers(digest, after) {
      const answer = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': pkOf(digest), ':prefix': memberPrefix },
          ConsistentRead: true,
          Limit: membersPerPage,
          ExclusiveStartKey: after === undefined ? undefined : { pk: pkOf(digest), sk: memberPrefix + after },
        }),
      );
      return {
        members: (answer.Items ?? []).map((item) => digestMemberSchema.parse(item)),
        isLast: answer.LastEvaluatedKey === undefined,
      };
    },

    async listSeals(digest) {
      const seals = await listRows(digest);
      const listsOf = ({ list_id, lists }: z.output<typeof sealSchema>) =>
        Array.from({ length: lists }, (_, index) => at(digest, listKeyOf(list_id, index)));
      const find = await readItems(dynamo, seals.flatMap(listsOf));
      return seals.map((seal) => ({
        owner: seal.owner,
        members: listsOf(seal).flatMap((key) => listSchema.parse(find(key)).members),
      }));
    },

    async seal(digest, part, { owner, members, sent }) {
      const listId = createListId();
      const lists: (readonly DigestMember[])[] = [];
      for (let start = 0; start < members.length; start += membersPerList) {
        lists.push(members.slice(start, start + membersPerList));
      }
      const expires_at = expiryOf(members.at(-1)?.timestamp ?? sent.timestamp);
      await writeItems(
        dynamo,
        tableName,
        lists.map((its, index) => ({
          PutRequest: {
            Item: {
              pk: pkOf(digest),
              sk: listKeyOf(listId, index),
              members: JSON.stringify(its.map((member) => digestMemberSchema.parse(member))),
              expires_at,
            },
          },
        })),
      );
      try {
        await dynamo.send(
          new PutCommand({
            TableName: tableName,
            Item: {
              pk: pkOf(digest),
              sk: sealKeyOf(part),
              part,
              owner,
              list_id: listId,
              lists: lists.length,
              sent: JSON.stringify(sent),
              expires_at,
            },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        throw error;
      }
    },

    async readSent(digest, part) {
      const key = at(digest, sealKeyOf(part));
      const row = (await readItems(dynamo, [key]))(key);
      if (row === undefined) {
        throw new Error(`part ${part} of the digest ${digest.digest_id} is not in the ledger`);
      }
      return sentSchema.parse(row).sent;
    },

    async listUnrecorded(digest, members) {
      const keyOf = (member: DigestMember) => ({
        table: tableName,
        key: deliveryKeyOf({ ...member, tenant: digest.tenant }, digest.webhook_id),
      });
      const find = await readItems(dynamo, members.map(keyOf));
      return members.filter((member) => find(keyOf(member)) === undefined);
    },

    async readEvents({ tenant }, members) {
      const keyOf = (member: DigestMember) => ({ table: tableName, key: eventKeyOf({ ...member, tenant }) });
      const find = await readItems(dynamo, members.map(keyOf));
      return members.map((member) => {
        const row = find(keyOf(member));
        if (row === undefined) {
          throw new Error(`the event ${member.id} of ${member.timestamp} is not in the ledger`);
        }
        return eventSchema.parse(row);
      });
    },
  };
}
