// Run as a child process that the test kills: works on a file of tables and says on stdout what was acknowledged.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openTables } from '../../../local/dynamodb/open-tables.ts';

const dynamo = openTables({ file: process.argv[2] ?? '', now: Date.now, newId: randomUUID });
await dynamo.call('CreateTable', {
  TableName: 'rows',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'log'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-log',
      KeySchema: [{ AttributeName: 'log', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
});

// Synchronous, so that what was said before the kill has left the process.
const say = (word: string, ids: readonly string[]): number =>
  writeSync(1, ids.map((id) => `${word} ${id}\n`).join(''));

for (;;) {
  const ids = Array.from({ length: 10 }, () => randomUUID());
  const requests = ids.map((id) => ({
    PutRequest: { Item: { id: { S: id }, log: { S: 'all' }, text: { S: 'x'.repeat(900) } } },
  }));
  await dynamo.call('BatchWriteItem', { RequestItems: { rows: requests } });
  say('put', ids);
  const gone = ids.slice(0, 3);
  // Said before it is done: a kill in between leaves a row that may be there or not.
  say('deleting', gone);
  await dynamo.call('TransactWriteItems', {
    TransactItems: gone.map((id) => ({ Delete: { TableName: 'rows', Key: { id: { S: id } } } })),
  });
  say('deleted', gone);
  await nextTurn();
}
