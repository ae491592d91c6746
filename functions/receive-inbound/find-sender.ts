import type { OpenSealed } from '../../shared/aws/seal.ts';
import type { Sources } from '../../shared/aws/source-table.ts';
import { ApiError } from '../../shared/api-error.ts';
import { isSourceId } from '../../shared/ids.ts';
import type { OpenRequest } from '../../shared/runtime/http.ts';
import { sourceParameter } from '../../shared/source.ts';
import type { Source, SourceKind } from '../../shared/source.ts';

/** A source that a request names, with its secret where it has one. */
export interface Sender {
  readonly source: Source;
  readonly secret: string | undefined;
}

/** Finds the source that a request names. Throws `ApiError` 404. */
export type FindSender = (kind: SourceKind, request: Pick<OpenRequest, 'query'>) => Promise<Sender>;

/** One answer for an id that is missing, malformed, unknown or another kind's: it tells a guesser nothing. */
const senderIsMissing = (): ApiError =>
  new ApiError('not_found', 'There is no such source. Copy the whole url of the source, its id included.');

export function createFindSender(dependencies: {
  readonly sources: Pick<Sources, 'find'>;
  readonly openSecret: OpenSealed<string>;
}): FindSender {
  return async (kind, { query }) => {
    const id = query[sourceParameter] ?? '';
    const source = isSourceId(id) ? await dependencies.sources.find(id) : undefined;
    if (source === undefined || source.kind !== kind) throw senderIsMissing();
    const { sealed_secret: sealed } = source;
    return {
      source,
      secret: sealed === undefined ? undefined : await dependencies.openSecret(source.id, sealed),
    };
  };
}
