import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { hashApiKey } from '../../shared/api-key.ts';
import type { ApiKey } from '../../shared/api-key.ts';

/** What the functions behind the gateway learn of the caller; both are empty for a key that is not known. */
export interface CallerContext {
  readonly tenant: string;
  /** Separated by blanks: the gateway hands on strings. */
  readonly scopes: string;
}

/**
 * Tells who holds a key. An unknown key passes with no tenant and no scope: an HTTP API answers a denial of its
 * authorizer with 403 and no way to say 401, so the function behind it, which lets nobody without a tenant in,
 * answers that.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export function createAuthorize(dependencies: {
  findKey: (keySha256: string) => Promise<ApiKey | undefined>;
}) {
  return async (
    event: Pick<APIGatewayRequestAuthorizerEventV2, 'identitySource'>,
  ): Promise<APIGatewaySimpleAuthorizerWithContextResult<CallerContext>> => {
    const [key] = event.identitySource;
    const known = key === undefined ? undefined : await dependencies.findKey(hashApiKey(key));
    return {
      isAuthorized: true,
      context: { tenant: known?.tenant ?? '', scopes: known?.scopes.join(' ') ?? '' },
    };
  };
}
