import { RemovalPolicy } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** The key that the secrets of webhooks and sources are sealed with before they reach a table. */
export class SealKey extends Construct {
  readonly id: string;
  readonly #key: kms.Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#key = new kms.Key(this, 'key', {
      description: 'Seals the secrets of webhooks and sources',
      enableKeyRotation: true,
      // Without the key, the secrets in the retained config table are lost.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const resource = this.#key.node.defaultChild;
    if (resource instanceof kms.CfnKey) resource.overrideLogicalId('SealKey');
    this.id = this.#key.keyId;
  }

  // grantEncrypt would add ReEncrypt* and GenerateDataKey*.
  grantSeal(grantee: iam.IGrantable): void {
    this.#key.grant(grantee, 'kms:Encrypt');
  }

  grantOpen(grantee: iam.IGrantable): void {
    this.#key.grant(grantee, 'kms:Decrypt');
  }
}
