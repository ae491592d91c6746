import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AwsError } from '../aws/service.ts';
import type { DataFolder } from '../data-folder.ts';
import { StartError } from '../start-error.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** The keys of the template: their material lives in the data folder and nowhere else. */
export interface KmsKeyRing {
  /** The key id behind an id or ARN; throws NotFoundException. */
  find(keyIdOrArn: string): { readonly keyId: string; readonly arn: string };
  encrypt(keyId: string, plaintext: Buffer, context: EncryptionContext): Buffer;
  /** Throws InvalidCiphertextException when text, context or key do not belong together. */
  decrypt(
    ciphertext: Buffer,
    context: EncryptionContext,
  ): { readonly keyId: string; readonly plaintext: Buffer };
}

const fileName = 'kms-keys.json';
const formatVersion = 1;
const keyIdBytes = 36;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + keyIdBytes + nonceBytes + tagBytes;

const stored = z.record(z.string(), z.base64());

function loadMaterial(folder: DataFolder, keyIds: readonly string[]): Map<string, Buffer> {
  const text = folder.read(fileName);
  let saved: Record<string, string> = {};
  try {
    saved = text === undefined ? {} : stored.parse(JSON.parse(text));
  } catch (error) {
    throw new StartError(
      `${folder.file(fileName)} is broken: restore it from a copy, for without it the sealed secrets cannot be opened.`,
      { cause: error },
    );
  }
  const missing = keyIds.filter((keyId) => saved[keyId] === undefined);
  for (const keyId of missing) saved[keyId] = randomBytes(32).toString('base64');
  if (missing.length > 0) folder.write(fileName, JSON.stringify(saved));
  return new Map(Object.entries(saved).map(([keyId, material]) => [keyId, Buffer.from(material, 'base64')]));
}

/** Key id and context are authenticated with the text, in one order whatever order the caller wrote them in. */
function additionalData(keyId: string, context: EncryptionContext): Buffer {
  const entries = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.from(JSON.stringify([keyId, entries]));
}

function invalidCiphertext(): AwsError {
  return new AwsError(
    'InvalidCiphertextException',
    'The ciphertext, its encryption context or its key do not fit',
  );
}

/** Opens the key ring; keys that the data folder lacks are made. Throws StartError when its file is broken. */
export function openKmsKeyRing(
  folder: DataFolder,
  keys: readonly { readonly keyId: string; readonly arn: string }[],
): KmsKeyRing {
  const material = loadMaterial(
    folder,
    keys.map((key) => key.keyId),
  );

  return {
    find: (keyIdOrArn) => {
      const found = keys.find((key) => key.keyId === keyIdOrArn || key.arn === keyIdOrArn);
      if (found === undefined) throw new AwsError('NotFoundException', `Key '${keyIdOrArn}' does not exist`);
      return found;
    },
    encrypt: (keyId, plaintext, context) => {
      const key = material.get(keyId);
      if (key === undefined) throw new AwsError('NotFoundException', `Key '${keyId}' does not exist`);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData(keyId, context));
      const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return Buffer.concat([
        Buffer.from([formatVersion]),
        Buffer.from(keyId),
        nonce,
        cipher.getAuthTag(),
        text,
      ]);
    },
    decrypt: (ciphertext, context) => {
      if (ciphertext.length < headerBytes || ciphertext[0] !== formatVersion) throw invalidCiphertext();
      const keyId = ciphertext.toString('utf8', 1, 1 + keyIdBytes);
      const key = material.get(keyId);
      if (key === undefined) throw invalidCiphertext();
      const nonce = ciphertext.subarray(1 + keyIdBytes, 1 + keyIdBytes + nonceBytes);
      const tag = ciphertext.subarray(1 + keyIdBytes + nonceBytes, headerBytes);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
        .setAAD(additionalData(keyId, context))
        .setAuthTag(tag);
      try {
        const opened = decipher.update(ciphertext.subarray(headerBytes));
        return { keyId, plaintext: Buffer.concat([opened, decipher.final()]) };
      } catch (error) {
        throw Object.assign(invalidCiphertext(), { cause: error });
      }
    },
  };
}
