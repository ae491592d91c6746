import type { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

interface RowTableProps {
  /** Data lives as long as this name: it must not follow the construct's place in the tree. */
  readonly logicalId: string;
  readonly removalPolicy: RemovalPolicy;
  readonly pointInTimeRecovery: boolean;
  readonly indexes?: readonly { readonly name: string; readonly hash: string; readonly range: string }[];
}

const stringKey = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

const readActions = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const writeActions = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
];

/**
 * An on-demand table with keys `pk` and `sk` and rows that may expire. It has no name of its own: a retained
 * table would stand in the way of the next deployment.
 */
export class RowTable extends Construct {
  readonly name: string;
  readonly #table: dynamodb.TableV2;
  readonly #indexArns: readonly string[];

  constructor(scope: Construct, id: string, props: RowTableProps) {
    super(scope, id);
    const { indexes = [] } = props;
    this.#table = new dynamodb.TableV2(this, 'table', {
      partitionKey: stringKey('pk'),
      sortKey: stringKey('sk'),
      billing: dynamodb.Billing.onDemand(),
      encryption: dynamodb.TableEncryptionV2.awsManagedKey(),
      timeToLiveAttribute: 'expires_at',
      removalPolicy: props.removalPolicy,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: props.pointInTimeRecovery },
      globalSecondaryIndexes: indexes.map(({ name, hash, range }) => ({
        indexName: name,
        partitionKey: stringKey(hash),
        sortKey: stringKey(range),
        projectionType: dynamodb.ProjectionType.ALL,
      })),
    });
    const resource = this.#table.node.defaultChild;
    if (resource instanceof dynamodb.CfnGlobalTable) resource.overrideLogicalId(props.logicalId);
    this.name = this.#table.tableName;
    this.#indexArns = indexes.map(({ name }) => `${this.#table.tableArn}/index/${name}`);
  }

  /** Reads by key and by query; never a scan. */
  grantRead(grantee: iam.IGrantable): void {
    this.#grant(grantee, readActions, [this.#table.tableArn, ...this.#indexArns]);
  }

  /** Writes single rows and batches, and changes or deletes rows; reads nothing. */
  grantWrite(grantee: iam.IGrantable): void {
    this.#grant(grantee, writeActions, [this.#table.tableArn]);
  }

  /** Changes the rows alone that say who listens to a tenant's events. */
  grantWriteAudience(grantee: iam.IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['dynamodb:UpdateItem'],
        resources: [this.#table.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*#audience'] } },
      }),
    );
  }

  grantReadWrite(grantee: iam.IGrantable): void {
    this.grantRead(grantee);
    this.grantWrite(grantee);
  }

  #grant(grantee: iam.IGrantable, actions: readonly string[], resourceArns: readonly string[]): void {
    // The construct's own grants would add every index and the streams.
    iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...resourceArns] });
  }
}
