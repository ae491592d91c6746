import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { StartError } from './start-error.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const fileName = 'aws-credentials.json';
const stored = z.object({ accessKeyId: z.string().min(16), secretAccessKey: z.string().min(32) });

function createCredentials(): AwsCredentials {
  return {
    accessKeyId: `LOCAL${randomBytes(20).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

/** The key pair that opens the AWS endpoint; made once, then kept in the data folder. */
export function loadAwsCredentials(folder: DataFolder): AwsCredentials {
  const text = folder.read(fileName);
  if (text === undefined) {
    const credentials = createCredentials();
    folder.write(fileName, JSON.stringify(credentials));
    return credentials;
  }
  try {
    return stored.parse(JSON.parse(text));
  } catch (error) {
    throw new StartError(`${folder.file(fileName)} is broken: remove it and a new key pair is made.`, {
      cause: error,
    });
  }
}

const credentialScope = /\bCredential=([^/,\s]+)\//;

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Does the Authorization header name the stack's own access key? The key id is the secret here: it is random and
 * known to those who may read the data folder. Signatures are not checked. Takes the same time for every header.
 */
export function isAuthorizedBy(credentials: AwsCredentials, authorization: string | undefined): boolean {
  const given = credentialScope.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(credentials.accessKeyId));
}
