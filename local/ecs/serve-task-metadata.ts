import { AwsError } from '../aws/service.ts';
import type { AwsRequest, AwsResponse } from '../aws/handle-aws-request.ts';
import type { TaskRegister } from './task-register.ts';

const metadataPath = /^\/v4\/([^/?]+)\/task$/;

/** The base address of a task's metadata, as `ECS_CONTAINER_METADATA_URI_V4` names it. */
export function taskMetadataUri(awsEndpoint: string, taskId: string): string {
  return `${awsEndpoint}/v4/${taskId}`;
}

/**
 * Answers a container who asks which task it is; undefined when the path is another's. Needs no key, as on AWS.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html
 */
export function createServeTaskMetadata(
  register: TaskRegister,
): (request: AwsRequest) => AwsResponse | undefined {
  return (request) => {
    const taskId = metadataPath.exec(request.path)?.[1];
    if (taskId === undefined || request.method !== 'GET') return undefined;
    const task = register.find(taskId);
    if (task === undefined) throw new AwsError('NotFound', 'There is no such task', { status: 404 });
    const [family, revision] = (task.taskDefinitionArn.split('/').at(-1) ?? '').split(':');
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        Cluster: task.clusterArn,
        TaskARN: task.taskArn,
        Family: family,
        Revision: revision,
        DesiredStatus: task.lastStatus === 'STOPPED' ? 'STOPPED' : 'RUNNING',
        KnownStatus: task.lastStatus,
        LaunchType: 'FARGATE',
      }),
    };
  };
}
