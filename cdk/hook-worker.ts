import { Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecrAssets from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { workerContainerName } from '../shared/hook-run-worker-env.ts';
import type { EnvironmentOf } from './node-function.ts';

interface HookWorkerProps<Env> {
  /** The folder with `index.mjs` and `Dockerfile`. */
  readonly directory: string;
  readonly environment: EnvironmentOf<Env>;
}

/** What a function must know to start a worker task. */
export interface WorkerEnvironment {
  readonly HOOK_CLUSTER_ARN: string;
  readonly HOOK_TASK_DEFINITION_ARN: string;
  readonly HOOK_SUBNET_IDS: string;
  readonly HOOK_SECURITY_GROUP_ID: string;
}

// What neither the runner nor a script needs of the root user's default capabilities. SETUID, SETGID, CHOWN,
// DAC_OVERRIDE and KILL stay: the runner runs each script as another user and ends its process group.
const droppedCapabilities = [
  ecs.Capability.AUDIT_WRITE,
  ecs.Capability.MKNOD,
  ecs.Capability.NET_BIND_SERVICE,
  ecs.Capability.NET_RAW,
  ecs.Capability.SETFCAP,
  ecs.Capability.SETPCAP,
  ecs.Capability.SYS_CHROOT,
];

/** The Fargate task that runs hook scripts, and the network it runs in. No task, no cost. */
export class HookWorker<Env> extends Construct {
  readonly clusterArn: string;
  readonly environment: WorkerEnvironment;
  /** The role of the worker itself. */
  readonly role: iam.IRole;
  readonly #task: ecs.FargateTaskDefinition;

  constructor(scope: Construct, id: string, props: HookWorkerProps<Env>) {
    super(scope, id);
    const vpc = this.#createNetwork();
    const cluster = new ecs.Cluster(this, 'cluster', {
      vpc,
      containerInsightsV2: ecs.ContainerInsights.DISABLED,
    });
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'Container Insights bills every task as custom metrics; the duration and outcome of each run are in the ledger, and of each task in its log.',
    });
    const securityGroup = new ec2.SecurityGroup(this, 'egress-only', {
      vpc,
      description: 'Hook workers: nothing comes in, scripts may call out',
      allowAllOutbound: true,
    });
    this.#task = this.#createTask(props);
    this.role = this.#task.taskRole;
    this.clusterArn = cluster.clusterArn;
    this.environment = {
      HOOK_CLUSTER_ARN: cluster.clusterArn,
      HOOK_TASK_DEFINITION_ARN: this.#task.taskDefinitionArn,
      HOOK_SUBNET_IDS: Fn.join(
        ',',
        vpc.publicSubnets.map(({ subnetId }) => subnetId),
      ),
      HOOK_SECURITY_GROUP_ID: securityGroup.securityGroupId,
    };
  }

  /** Lets a function start worker tasks in this cluster, and nothing else. */
  grantStart(grantee: iam.IGrantable): void {
    const { grantPrincipal } = grantee;
    grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['ecs:RunTask'],
        resources: [this.#task.taskDefinitionArn],
        conditions: { ArnEquals: { 'ecs:cluster': this.clusterArn } },
      }),
    );
    grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.#task.taskRole.roleArn, this.#task.obtainExecutionRole().roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    );
  }

  /** Public subnets and gateway endpoints cost nothing; a NAT gateway would be $33 a month while idle. */
  #createNetwork(): ec2.IVpc {
    const vpc = new ec2.Vpc(this, 'network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [
        // RunTask asks for a public address by itself.
        {
          name: 'public',
          subnetType: ec2.SubnetType.PUBLIC,
          cidrMask: 24,
          mapPublicIpOnLaunch: false,
        },
      ],
      gatewayEndpoints: {
        dynamodb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
        // The layers of images in ECR come from S3.
        s3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
      },
      // Nothing uses the default group, and emptying it takes a custom resource with wide permissions.
      restrictDefaultSecurityGroup: false,
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Only worker tasks live here and nothing can connect to them; flow logs would cost per flow and show only what the scripts of this one trust domain call.',
    });
    // Vpc declares optional members as `| undefined`, which exactOptionalPropertyTypes tells apart.
    return vpc as ec2.IVpc;
  }

  #createTask({ directory, environment }: HookWorkerProps<Env>): ecs.FargateTaskDefinition {
    const task = new ecs.FargateTaskDefinition(this, 'task', {
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: 'tmp' }],
    });
    const linuxParameters = new ecs.LinuxParameters(this, 'linux-parameters', {
      // Scripts leave orphans behind, and somebody must reap them.
      initProcessEnabled: true,
    });
    linuxParameters.dropCapabilities(...droppedCapabilities);
    const image = new ecrAssets.DockerImageAsset(this, 'image', {
      directory,
      platform: ecrAssets.Platform.LINUX_ARM64,
    });
    // As CDK does by itself for functions: whoever reads the template finds the folder that the image is made of.
    const resource = task.node.defaultChild;
    if (resource instanceof ecs.CfnTaskDefinition)
      image.addResourceMetadata(resource, 'ContainerDefinitions');
    const container = task.addContainer(workerContainerName, {
      image: ecs.ContainerImage.fromDockerImageAsset(image),
      entryPoint: ['node'],
      command: ['index.mjs'],
      workingDirectory: '/app',
      environment: { ...environment },
      readonlyRootFilesystem: true,
      linuxParameters,
      // The longest that Fargate waits: running scripts may end by themselves.
      stopTimeout: Duration.seconds(120),
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: 'hook-runner',
        logGroup: new logs.LogGroup(this, 'hook-runner-logs', {
          retention: logs.RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        // An outage of CloudWatch Logs must not hold up scripts.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
    Validations.of(task).acknowledge(
      {
        id: 'AwsSolutions-ECS2',
        reason: 'The environment holds names, addresses and limits of this stack; no secret is among them.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Only ecr:GetAuthorizationToken, which knows no resources: AWS asks for * there.',
      },
    );
    return task;
  }
}
