import type { DigestTable, Seal } from '../../shared/aws/digest-table.ts';
import { placeOf } from '../../shared/digest.ts';
import type { DigestKey, DigestMember } from '../../shared/digest.ts';
import type { CatalogEvent } from '../../shared/event.ts';

interface Digest {
  readonly members: Map<string, DigestMember>;
  readonly seals: (Seal & { readonly sent: CatalogEvent })[];
}

const toMember = ({ id, timestamp, event_name }: DigestMember): DigestMember => ({
  id,
  timestamp,
  event_name,
});

/**
 * Digests in memory.
 * @param ledger the whole events, and whether a delivery of one is known
 */
export function memoryDigests(
  ledger: {
    readonly findEvent: (member: DigestMember) => CatalogEvent | undefined;
    readonly isRecorded: (digest: DigestKey, member: DigestMember) => boolean;
  },
  membersPerPage = 3,
): DigestTable & { readonly digests: ReadonlyMap<string, Digest> } {
  const digests = new Map<string, Digest>();
  const nameOf = ({ tenant, webhook_id, digest_id }: DigestKey): string =>
    [tenant, webhook_id, digest_id].join(' ');
  const digestOf = (key: DigestKey): Digest => {
    const digest = digests.get(nameOf(key)) ?? { members: new Map(), seals: [] };
    digests.set(nameOf(key), digest);
    return digest;
  };

  return {
    digests,
    async putMembers(members) {
      for (const { digest, member } of members) {
        digestOf(digest).members.set(placeOf(member), toMember(member));
      }
    },
    async listMembers(digest, after = '') {
      const rest = [...digestOf(digest).members]
        .filter(([place]) => place > after)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        members: rest.slice(0, membersPerPage).map(([, member]) => member),
        isLast: rest.length <= membersPerPage,
      };
    },
    async listSeals(digest) {
      return digestOf(digest).seals.map(({ owner, members }) => ({ owner, members }));
    },
    async seal(digest, part, { owner, members, sent }) {
      const { seals } = digestOf(digest);
      if (part < seals.length) return false;
      if (part > seals.length) throw new Error(`part ${part} comes before part ${seals.length}`);
      seals.push(structuredClone({ owner, members: members.map(toMember), sent }));
      return true;
    },
    async readSent(digest, part) {
      const sent = digestOf(digest).seals[part]?.sent;
      if (sent === undefined)
        throw new Error(`part ${part} of the digest ${digest.digest_id} is not in the ledger`);
      return sent;
    },
    async listUnrecorded(digest, members) {
      return members.filter((member) => !ledger.isRecorded(digest, member));
    },
    async readEvents(_digest, members) {
      return members.map((member) => {
        const event = ledger.findEvent(member);
        if (event === undefined) throw new Error(`the event ${member.id} is not in the ledger`);
        return event;
      });
    },
  };
}
