import { z } from 'zod';
import { parseInput } from '../aws/parse-input.ts';
import { type AwsOperation } from '../aws/service.ts';
import type { KmsKeyRing } from './kms-key-ring.ts';

// https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
const plaintextBytesMax = 4096;

const input = z.object({
  KeyId: z.string().min(1),
  Plaintext: z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine(
      (bytes) => bytes.length >= 1 && bytes.length <= plaintextBytesMax,
      `must have 1 to ${plaintextBytesMax} bytes`,
    ),
  EncryptionContext: z.record(z.string(), z.string()).default({}),
  EncryptionAlgorithm: z.literal('SYMMETRIC_DEFAULT').optional(),
});

export function createEncrypt(ring: KmsKeyRing): AwsOperation {
  return async (raw) => {
    const { KeyId, Plaintext, EncryptionContext } = parseInput(input, raw);
    const { keyId, arn } = ring.find(KeyId);
    return {
      CiphertextBlob: ring.encrypt(keyId, Plaintext, EncryptionContext).toString('base64'),
      KeyId: arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    };
  };
}
