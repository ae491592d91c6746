import type { AwsService } from '../aws/service.ts';
import { createDecrypt } from './decrypt.ts';
import { createEncrypt } from './encrypt.ts';
import type { KmsKeyRing } from './kms-key-ring.ts';

export function createKmsService(ring: KmsKeyRing): AwsService {
  return {
    targetPrefix: 'TrentService',
    contentType: 'application/x-amz-json-1.1',
    operations: { Encrypt: createEncrypt(ring), Decrypt: createDecrypt(ring) },
  };
}
