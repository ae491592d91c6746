import { z } from 'zod';
import { parseInput } from '../aws/parse-input.ts';
import { AwsError, type AwsOperation } from '../aws/service.ts';
import type { KmsKeyRing } from './kms-key-ring.ts';

const input = z.object({
  CiphertextBlob: z.base64().transform((text) => Buffer.from(text, 'base64')),
  EncryptionContext: z.record(z.string(), z.string()).default({}),
  KeyId: z.string().optional(),
  EncryptionAlgorithm: z.literal('SYMMETRIC_DEFAULT').optional(),
});

export function createDecrypt(ring: KmsKeyRing): AwsOperation {
  return async (raw) => {
    const { CiphertextBlob, EncryptionContext, KeyId } = parseInput(input, raw);
    const { keyId, plaintext } = ring.decrypt(CiphertextBlob, EncryptionContext);
    if (KeyId !== undefined && ring.find(KeyId).keyId !== keyId) {
      throw new AwsError('IncorrectKeyException', 'The ciphertext was made with another key');
    }
    return {
      Plaintext: plaintext.toString('base64'),
      KeyId: ring.find(keyId).arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    };
  };
}
