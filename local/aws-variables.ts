import type { AwsCredentials } from './aws-credentials.ts';

export interface AwsVariables extends Record<string, string> {
  readonly AWS_ENDPOINT_URL: string;
  readonly AWS_REGION: string;
  /** Version 1 of the CLI reads this one. */
  readonly AWS_DEFAULT_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

/** What an unmodified SDK or CLI needs to reach the stack. */
export function awsVariables(endpoint: string, region: string, credentials: AwsCredentials): AwsVariables {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

/** The variables as a file that a shell can source. */
export function formatEnvironmentFile(variables: AwsVariables): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Variables of the host that would lead a function's SDK clients elsewhere. */
export function hideForeignAwsVariables(
  host: Readonly<Record<string, string | undefined>>,
): Record<string, undefined> {
  return Object.fromEntries(
    Object.keys(host)
      .filter((name) => name.startsWith('AWS_'))
      .map((name) => [name, undefined]),
  );
}
