import type { AwsService } from '../aws/service.ts';
import type { TaskDefinitionModel } from '../template/read-task-definition.ts';
import { createDescribeTasks } from './describe-tasks.ts';
import type { Cluster } from './find-cluster.ts';
import { createListTasks } from './list-tasks.ts';
import { createRunTask } from './run-task.ts';
import { createStopTask } from './stop-task.ts';
import type { Tasks } from './tasks.ts';

export function createEcsService(options: {
  readonly clusters: readonly Cluster[];
  readonly definitions: readonly TaskDefinitionModel[];
  readonly tasks: Tasks;
}): AwsService {
  const { clusters, tasks } = options;
  return {
    targetPrefix: 'AmazonEC2ContainerServiceV20141113',
    contentType: 'application/x-amz-json-1.1',
    operations: {
      RunTask: createRunTask(options),
      StopTask: createStopTask({ clusters, tasks }),
      DescribeTasks: createDescribeTasks({ clusters, register: tasks.register }),
      ListTasks: createListTasks({ clusters, register: tasks.register }),
    },
  };
}
