import type { AwsService } from '../aws/service.ts';
import { createPutEvents } from './put-events.ts';

export function createEventBridgeService(options: Parameters<typeof createPutEvents>[0]): AwsService {
  return {
    targetPrefix: 'AWSEvents',
    contentType: 'application/x-amz-json-1.1',
    operations: { PutEvents: createPutEvents(options) },
  };
}
