import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RowTable } from './row-table.ts';

/** The two tables: what users configured, and what happened. */
export class Tables extends Construct {
  /** Webhooks, hooks, scripts and keys. */
  readonly config: RowTable;
  /** Events, deliveries and runs, with the time they expire. */
  readonly ledger: RowTable;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.config = new RowTable(this, 'config', {
      logicalId: 'ConfigTable',
      removalPolicy: RemovalPolicy.RETAIN,
      pointInTimeRecovery: true,
    });
    this.ledger = new RowTable(this, 'ledger', {
      logicalId: 'LedgerTable',
      // Its rows expire within weeks anyway: it goes with the stack.
      removalPolicy: RemovalPolicy.DESTROY,
      pointInTimeRecovery: false,
      index: { name: 'by-time', hash: 'log', range: 'logged_at' },
    });
    Validations.of(this.ledger).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason:
        'Ledger rows expire after weeks and can be lost without harm to later deliveries; continuous backups would cost as much as the table.',
    });
  }
}
