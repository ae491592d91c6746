import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RowTable } from './row-table.ts';

/** The three tables: what users configured, what happened, and who is watching. */
export class Tables extends Construct {
  /** Webhooks, hooks, scripts, keys and the scoring. */
  readonly config: RowTable;
  /** Events, deliveries and runs, with the time they expire. */
  readonly ledger: RowTable;
  /** The open connections of live viewers. */
  readonly connections: RowTable;

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
      indexes: [
        { name: 'by-time', hash: 'log', range: 'logged_at' },
        // Holds only what has not arrived.
        { name: 'undelivered', hash: 'undelivered', range: 'logged_at' },
      ],
    });
    Validations.of(this.ledger).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason:
        'Ledger rows expire after weeks and can be lost without harm to later deliveries; continuous backups would cost as much as the table.',
    });
    this.connections = new RowTable(this, 'connections', {
      logicalId: 'ConnectionsTable',
      // A connection ends after two hours at the latest, and with the API that it leads to.
      removalPolicy: RemovalPolicy.DESTROY,
      pointInTimeRecovery: false,
    });
    Validations.of(this.connections).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason:
        'A row means an open connection and no connection outlives two hours: a restored row would lead nowhere.',
    });
  }
}
