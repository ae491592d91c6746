import { AwsError } from '../aws/service.ts';

export interface Cluster {
  readonly name: string;
  readonly arn: string;
}

/** The cluster behind a name or ARN; throws ClusterNotFoundException. */
export function findCluster(clusters: readonly Cluster[], nameOrArn: string | undefined): Cluster {
  const found = clusters.find((cluster) => cluster.name === nameOrArn || cluster.arn === nameOrArn);
  if (found === undefined)
    throw new AwsError('ClusterNotFoundException', `Cluster ${nameOrArn ?? 'default'} not found.`);
  return found;
}
