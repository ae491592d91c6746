import { createHash, randomUUID } from 'node:crypto';
import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
  type Message,
  type QueueAttributeName,
  type ReceiveMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/** Whether an implementation does what SQS does, or why its cases are skipped. */
export type Capability = 'as SQS' | { readonly skipped: string };

/** What implementations are known to do otherwise. */
export interface QueueCapabilities {
  /** Errors have SQS's names; otherwise a prefix before them is let pass. */
  readonly namesErrors: Capability;
  /** Bodies may have characters beyond the basic plane, such as emoji. */
  readonly takesEveryCharacter: Capability;
  /** Deleting with a handle that never was one is refused. */
  readonly refusesForeignHandles: Capability;
  /** Changing the visibility of a deleted message answers InvalidParameterValue. */
  readonly tellsDeletedFromVisible: Capability;
  /** MessageGroupId on a standard queue is kept and returned. */
  readonly messageGroups: Capability;
  readonly moveTasks: Capability;
  readonly listsDeadLetterSources: Capability;
  readonly tellsDeadLetterSource: Capability;
  /** A dead-letter queue must exist before it is named. */
  readonly checksDeadLetterQueue: Capability;
  /** Unknown attributes are refused when a queue is created. */
  readonly refusesUnknownAttributes: Capability;
  /** An invalid DelaySeconds is refused. */
  readonly checksDelay: Capability;
  /** Malformed message attributes are refused. */
  readonly checksMessageAttributes: Capability;
  /** Message attributes are returned only when they are asked for. */
  readonly returnsAttributesOnDemand: Capability;
  /** The digest of returned attributes is that of those returned. */
  readonly digestsReturnedAttributes: Capability;
  readonly returnsTraceHeader: Capability;
  /** Only standard queues are promised. */
  readonly refusesFifo: Capability;
}

export interface QueueImplementation {
  readonly client: SQSClient;
  stop(): Promise<void>;
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** The guarantees of SQS standard queues that this project builds on, for any implementation of the protocol. */
export function describeQueueConformance(
  name: string,
  start: () => Promise<QueueImplementation>,
  capabilities: QueueCapabilities,
): void {
  const itNeeds = (capability: Capability, title: string, run: () => Promise<void>) =>
    it.skipIf(capability !== 'as SQS')(
      capability === 'as SQS' ? title : `${title} (skipped: ${capability.skipped})`,
      async () => {
        expect.hasAssertions();
        await run();
      },
    );

  const refusal = (errorName: string) => ({
    name:
      capabilities.namesErrors === 'as SQS'
        ? errorName
        : expect.stringMatching(new RegExp(`^(AWS\\.SimpleQueueService\\.)?${errorName}$`)),
  });

  describe(name, () => {
    let implementation: QueueImplementation;
    let sqs: SQSClient;

    beforeAll(async () => {
      implementation = await start();
      sqs = implementation.client;
    });
    afterAll(() => implementation.stop());

    const newName = () => `q-${randomUUID()}`;
    const newQueue = async (
      Attributes: Partial<Record<QueueAttributeName, string>> = {},
      QueueName = newName(),
    ) => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      if (QueueUrl === undefined) throw new Error('CreateQueue answered no URL.');
      return QueueUrl;
    };
    const send = (QueueUrl: string, MessageBody: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const receive = async (
      QueueUrl: string,
      options: Partial<ReceiveMessageCommandInput> = {},
    ): Promise<Message[]> => {
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
          ...options,
        }),
      );
      return Messages ?? [];
    };
    const receiveOne = async (
      QueueUrl: string,
      options: Partial<ReceiveMessageCommandInput> = {},
    ): Promise<Message> => {
      const [message] = await receive(QueueUrl, { WaitTimeSeconds: 5, ...options });
      if (message === undefined) throw new Error('Nothing was received.');
      return message;
    };
    const attributesOf = async (QueueUrl: string, ...AttributeNames: QueueAttributeName[]) => {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      return Attributes ?? {};
    };
    const arnOf = async (QueueUrl: string) => {
      const { QueueArn } = await attributesOf(QueueUrl, 'QueueArn');
      if (QueueArn === undefined) throw new Error('GetQueueAttributes answered no ARN.');
      return QueueArn;
    };
    const makeVisible = (QueueUrl: string, { ReceiptHandle }: Message) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    const queueWithDeadLetters = async (maxReceiveCount = 1) => {
      const deadLetters = await newQueue();
      const deadLetterTargetArn = await arnOf(deadLetters);
      const source = await newQueue({
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
      });
      return { source, deadLetters, deadLetterTargetArn };
    };
    const failInto = async (source: string, deadLetters: string) => {
      const message = await receiveOne(source);
      await makeVisible(source, message);
      expect(await receive(source)).toEqual([]);
      return { failed: message, dead: await receiveOne(deadLetters) };
    };

    describe('queues', () => {
      it('creating a queue again with the same attributes answers the same queue', async () => {
        const queueName = newName();
        const first = await newQueue({ VisibilityTimeout: '77' }, queueName);
        expect(await newQueue({ VisibilityTimeout: '77' }, queueName)).toBe(first);
      });

      it('creating a queue again with another attribute is refused', async () => {
        const queueName = newName();
        await newQueue({ VisibilityTimeout: '77' }, queueName);
        await expect(newQueue({ VisibilityTimeout: '78' }, queueName)).rejects.toMatchObject(
          refusal('QueueNameExists'),
        );
      });

      it('a queue is found by its name', async () => {
        const QueueName = newName();
        const url = await newQueue({}, QueueName);
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
        expect(QueueUrl).toBe(url);
        expect(url.endsWith(`/000000000000/${QueueName}`)).toBe(true);
      });

      it('an unknown queue answers QueueDoesNotExist, in its name and in the code of the query protocol', async () => {
        const url = await newQueue();
        await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
        await expect(sqs.send(new GetQueueUrlCommand({ QueueName: newName() }))).rejects.toMatchObject(
          refusal('QueueDoesNotExist'),
        );
        await expect(send(url, 'late')).rejects.toMatchObject({
          ...refusal('QueueDoesNotExist'),
          Error: { Code: 'AWS.SimpleQueueService.NonExistentQueue' },
        });
      });

      it('queues are listed by prefix, page by page', async () => {
        const QueueNamePrefix = newName();
        const urls = [];
        for (const end of ['a', 'b', 'c']) urls.push(await newQueue({}, `${QueueNamePrefix}-${end}`));
        const first = await sqs.send(new ListQueuesCommand({ QueueNamePrefix, MaxResults: 2 }));
        const { NextToken } = first;
        const second = await sqs.send(new ListQueuesCommand({ QueueNamePrefix, MaxResults: 2, NextToken }));
        expect([first.QueueUrls, second.QueueUrls]).toEqual([urls.slice(0, 2), urls.slice(2)]);
        expect(second.NextToken).toBeUndefined();
      });

      it('a new queue has the defaults of SQS', async () => {
        expect(await attributesOf(await newQueue(), 'All')).toMatchObject({
          VisibilityTimeout: '30',
          DelaySeconds: '0',
          MaximumMessageSize: '1048576',
          MessageRetentionPeriod: '345600',
          ReceiveMessageWaitTimeSeconds: '0',
          ApproximateNumberOfMessages: '0',
        });
      });

      it('attributes that are set are answered, the others stay', async () => {
        const QueueUrl = await newQueue({ VisibilityTimeout: '77' });
        await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '5' } }));
        expect(await attributesOf(QueueUrl, 'VisibilityTimeout', 'DelaySeconds')).toEqual({
          VisibilityTimeout: '77',
          DelaySeconds: '5',
        });
      });

      it.each([
        ['VisibilityTimeout', '43201'],
        ['DelaySeconds', '901'],
        ['MaximumMessageSize', '1023'],
        ['MessageRetentionPeriod', '59'],
        ['ReceiveMessageWaitTimeSeconds', '21'],
      ])('%s of %s is refused', async (attribute, value) => {
        await expect(newQueue({ [attribute]: value })).rejects.toMatchObject(
          refusal('InvalidAttributeValue'),
        );
        const QueueUrl = await newQueue();
        await expect(
          sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { [attribute]: value } })),
        ).rejects.toMatchObject(refusal('InvalidAttributeValue'));
      });

      it('setting an unknown attribute is refused', async () => {
        const QueueUrl = await newQueue();
        await expect(
          sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: JSON.parse('{"Colour":"red"}') })),
        ).rejects.toMatchObject(refusal('InvalidAttributeName'));
      });

      itNeeds(
        capabilities.refusesUnknownAttributes,
        'creating a queue with an unknown attribute is refused',
        async () => {
          await expect(newQueue(JSON.parse('{"Colour":"red"}'))).rejects.toMatchObject(
            refusal('InvalidAttributeName'),
          );
        },
      );

      itNeeds(
        capabilities.checksDeadLetterQueue,
        'a dead-letter queue that does not exist is refused',
        async () => {
          const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:nobody';
          await expect(
            newQueue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) }),
          ).rejects.toMatchObject(refusal('InvalidParameterValue'));
        },
      );

      itNeeds(capabilities.refusesFifo, 'a FIFO queue is refused as not emulated, by name', async () => {
        await expect(newQueue({}, 'orders.fifo')).rejects.toMatchObject({
          name: 'UnsupportedOperation',
          message: expect.stringContaining('orders.fifo'),
        });
      });

      it('a purge removes what is visible and what is in flight', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'in flight');
        await receiveOne(QueueUrl);
        await send(QueueUrl, 'visible');
        await sqs.send(new PurgeQueueCommand({ QueueUrl }));
        expect(
          await attributesOf(
            QueueUrl,
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
          ),
        ).toEqual({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
      });
    });

    describe('messages', () => {
      it('a message arrives as it was sent, with its id and digest', async () => {
        const QueueUrl = await newQueue();
        const body = 'Grüße\n\t{"a":1}';
        const sent = await send(QueueUrl, body);
        const received = await receiveOne(QueueUrl);
        expect(sent.MD5OfMessageBody).toBe(md5(body));
        expect(received).toMatchObject({ MessageId: sent.MessageId, Body: body, MD5OfBody: md5(body) });
      });

      itNeeds(capabilities.takesEveryCharacter, 'a message may hold characters of every plane', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, '🎬');
        expect((await receiveOne(QueueUrl)).Body).toBe('🎬');
      });

      it('an empty queue answers no messages', async () => {
        expect(await receive(await newQueue())).toEqual([]);
      });

      it('message attributes arrive as they were sent, binary ones too', async () => {
        const QueueUrl = await newQueue();
        const MessageAttributes = {
          city: { DataType: 'String', StringValue: 'Anywhere' },
          population: { DataType: 'Number.int', StringValue: '1250800' },
          flag: { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 1, 254, 255]) },
        };
        const sent = await sqs.send(
          new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }),
        );
        const received = await receiveOne(QueueUrl, { MessageAttributeNames: ['All'] });
        expect(received.MessageAttributes).toEqual(MessageAttributes);
        expect(received.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
      });

      it('the digest of message attributes is the one SQS computes', async () => {
        const QueueUrl = await newQueue();
        // Recorded from AWS: attribute attr1 of type Binary.
        const value = 'traceparent\u001e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01';
        const { MD5OfMessageAttributes } = await sqs.send(
          new SendMessageCommand({
            QueueUrl,
            MessageBody: 'test',
            MessageAttributes: { attr1: { DataType: 'Binary', BinaryValue: Buffer.from(value) } },
          }),
        );
        expect(MD5OfMessageAttributes).toBe('8cbe4db156db8a94db8b801b7addb984');
      });

      it('a receiver gets the message attributes that it names, by name or prefix', async () => {
        const QueueUrl = await newQueue({ VisibilityTimeout: '0' });
        const text = (StringValue: string) => ({ DataType: 'String', StringValue });
        await sqs.send(
          new SendMessageCommand({
            QueueUrl,
            MessageBody: 'msg',
            MessageAttributes: { General: text('Kenobi'), Hello: text('There'), 'Help.Me': text('Me') },
          }),
        );
        const byName = await receiveOne(QueueUrl, { MessageAttributeNames: ['Hello', 'Nobody'] });
        expect(Object.keys(byName.MessageAttributes ?? {})).toEqual(['Hello']);
        const byPrefix = await receiveOne(QueueUrl, { MessageAttributeNames: ['Help.*'] });
        expect(Object.keys(byPrefix.MessageAttributes ?? {})).toEqual(['Help.Me']);
      });

      itNeeds(
        capabilities.digestsReturnedAttributes,
        'the digest of received attributes is that of those received',
        async () => {
          const QueueUrl = await newQueue();
          const text = (StringValue: string) => ({ DataType: 'String', StringValue });
          await sqs.send(
            new SendMessageCommand({
              QueueUrl,
              MessageBody: 'msg',
              MessageAttributes: { General: text('Kenobi'), Hello: text('There'), 'Help.Me': text('Me') },
            }),
          );
          const { MD5OfMessageAttributes } = await receiveOne(QueueUrl, { MessageAttributeNames: ['Hello'] });
          // Recorded from AWS.
          expect(MD5OfMessageAttributes).toBe('a311262e065454b75da111d535b8dacd');
        },
      );

      itNeeds(
        capabilities.returnsAttributesOnDemand,
        'message attributes are not returned to who does not ask for them',
        async () => {
          const QueueUrl = await newQueue();
          const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));
          expect(await receiveOne(QueueUrl)).not.toHaveProperty('MessageAttributes');
        },
      );

      it('a message tells when it was sent and how often it was received', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        const first = await receiveOne(QueueUrl);
        expect(first.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
        expect(first.Attributes?.SentTimestamp).toMatch(/^\d{13}$/);
        await makeVisible(QueueUrl, first);
        const second = await receiveOne(QueueUrl);
        expect(second.Attributes).toMatchObject({
          ApproximateReceiveCount: '2',
          SentTimestamp: first.Attributes?.SentTimestamp,
          ApproximateFirstReceiveTimestamp: first.Attributes?.ApproximateFirstReceiveTimestamp,
        });
      });

      itNeeds(
        capabilities.messageGroups,
        'a message of a standard queue keeps its MessageGroupId',
        async () => {
          const QueueUrl = await newQueue();
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageGroupId: 'wh_1' }));
          expect((await receiveOne(QueueUrl)).Attributes).toMatchObject({ MessageGroupId: 'wh_1' });
        },
      );

      itNeeds(capabilities.returnsTraceHeader, 'a trace header sent with a message arrives', async () => {
        const QueueUrl = await newQueue();
        const StringValue = 'Root=1-5759e988-bd862e3fe1be46a994272793';
        const sent = await sqs.send(
          new SendMessageCommand({
            QueueUrl,
            MessageBody: 'x',
            MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue } },
          }),
        );
        expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[\da-f]{32}$/);
        expect((await receiveOne(QueueUrl)).Attributes).toMatchObject({ AWSTraceHeader: StringValue });
      });

      it.each([0, 11])('MaxNumberOfMessages of %i is refused', async (MaxNumberOfMessages) => {
        await expect(receive(await newQueue(), { MaxNumberOfMessages })).rejects.toMatchObject(
          refusal('InvalidParameterValue'),
        );
      });

      it('a body with a character that XML forbids is refused', async () => {
        await expect(send(await newQueue(), 'a\u0000b')).rejects.toMatchObject(
          refusal('InvalidMessageContents'),
        );
      });

      it('a message over the size of the queue is refused, attributes counted', async () => {
        const QueueUrl = await newQueue({ MaximumMessageSize: '1024' });
        await send(QueueUrl, 'x'.repeat(1_024));
        const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };
        await expect(
          sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(1_020), MessageAttributes })),
        ).rejects.toMatchObject(refusal('InvalidParameterValue'));
      });

      itNeeds(capabilities.checksDelay, 'a delay over 900 seconds is refused', async () => {
        const QueueUrl = await newQueue();
        await expect(
          sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 901 })),
        ).rejects.toMatchObject(refusal('InvalidParameterValue'));
      });

      itNeeds(capabilities.checksMessageAttributes, 'malformed message attributes are refused', async () => {
        const QueueUrl = await newQueue();
        const attributes = [
          { a: { DataType: 'Text', StringValue: 'b' } },
          { a: { DataType: 'Number', StringValue: 'b' } },
          { 'aws.a': { DataType: 'String', StringValue: 'b' } },
          { a: { DataType: 'String', StringValue: '' } },
        ];
        for (const MessageAttributes of attributes)
          await expect(
            sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes })),
          ).rejects.toMatchObject(refusal('InvalidParameterValue'));
      });

      it('a delayed message is counted as delayed and arrives when its delay is over', async () => {
        const QueueUrl = await newQueue();
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 1 }));
        expect(await receive(QueueUrl)).toEqual([]);
        expect(
          await attributesOf(QueueUrl, 'ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'),
        ).toEqual({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesDelayed: '1' });
        expect((await receiveOne(QueueUrl)).Body).toBe('later');
      });
    });

    describe('receipts', () => {
      it('a message in flight is nobody else’s, and gone once deleted', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        const { ReceiptHandle } = await receiveOne(QueueUrl);
        expect(await receive(QueueUrl)).toEqual([]);
        expect(await attributesOf(QueueUrl, 'ApproximateNumberOfMessagesNotVisible')).toEqual({
          ApproximateNumberOfMessagesNotVisible: '1',
        });
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        expect(await attributesOf(QueueUrl, 'ApproximateNumberOfMessagesNotVisible')).toEqual({
          ApproximateNumberOfMessagesNotVisible: '0',
        });
      });

      it('deleting twice succeeds', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        const { ReceiptHandle } = await receiveOne(QueueUrl);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        await expect(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))).resolves.toBeDefined();
      });

      it('deleting with the handle of an earlier receive does not take the message from its new receiver', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        const first = await receiveOne(QueueUrl);
        await makeVisible(QueueUrl, first);
        const second = await receiveOne(QueueUrl);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first.ReceiptHandle }));
        await makeVisible(QueueUrl, second);
        expect(await receive(QueueUrl)).toHaveLength(1);
      });

      itNeeds(capabilities.refusesForeignHandles, 'a handle that never was one is refused', async () => {
        const QueueUrl = await newQueue();
        await expect(
          sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'garbage' })),
        ).rejects.toMatchObject(refusal('ReceiptHandleIsInvalid'));
        const { Failed } = await sqs.send(
          new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: 'a', ReceiptHandle: 'garbage' }] }),
        );
        expect(Failed).toMatchObject([{ Id: 'a', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }]);
      });

      it('a visibility timeout of 0 makes a message visible at once', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        await makeVisible(QueueUrl, await receiveOne(QueueUrl));
        expect(await receive(QueueUrl)).toHaveLength(1);
      });

      it('a message comes back when its visibility timeout is over', async () => {
        const QueueUrl = await newQueue();
        const { MessageId } = await send(QueueUrl, 'x');
        await receiveOne(QueueUrl, { VisibilityTimeout: 1 });
        expect((await receiveOne(QueueUrl)).MessageId).toBe(MessageId);
      });

      it('a visibility timeout over 12 hours is refused', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        const { ReceiptHandle } = await receiveOne(QueueUrl);
        await expect(
          sqs.send(
            new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 43_201 }),
          ),
        ).rejects.toMatchObject(refusal('InvalidParameterValue'));
        await expect(receive(QueueUrl, { VisibilityTimeout: 43_201 })).rejects.toMatchObject(
          refusal('InvalidParameterValue'),
        );
      });

      it('changing the visibility of a message that is visible is refused', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        const message = await receiveOne(QueueUrl);
        await makeVisible(QueueUrl, message);
        await expect(makeVisible(QueueUrl, message)).rejects.toMatchObject(refusal('MessageNotInflight'));
      });

      itNeeds(
        capabilities.tellsDeletedFromVisible,
        'changing the visibility of a deleted message is refused as invalid',
        async () => {
          const QueueUrl = await newQueue();
          await send(QueueUrl, 'x');
          const message = await receiveOne(QueueUrl);
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
          await expect(makeVisible(QueueUrl, message)).rejects.toMatchObject(
            refusal('InvalidParameterValue'),
          );
        },
      );
    });

    describe('long polls', () => {
      it('a long poll ends as soon as a message is sent', async () => {
        const QueueUrl = await newQueue();
        const poll = receiveOne(QueueUrl, { WaitTimeSeconds: 20 });
        await send(QueueUrl, 'x');
        expect((await poll).Body).toBe('x');
      });

      it('a long poll ends empty when its time is over', async () => {
        expect(await receive(await newQueue(), { WaitTimeSeconds: 1 })).toEqual([]);
      });

      it('the wait of the queue holds for polls that name none', async () => {
        const QueueUrl = await newQueue({ ReceiveMessageWaitTimeSeconds: '20' });
        const poll = receive(QueueUrl);
        await send(QueueUrl, 'x');
        expect(await poll).toHaveLength(1);
      });

      it('two long polls never share a message', async () => {
        const QueueUrl = await newQueue();
        const polls = [1, 2].map(() => receive(QueueUrl, { WaitTimeSeconds: 1, MaxNumberOfMessages: 1 }));
        await send(QueueUrl, 'x');
        const received = await Promise.all(polls);
        expect(received.flat()).toHaveLength(1);
      });
    });

    describe('batches', () => {
      it('a batch is sent, received and deleted whole', async () => {
        const QueueUrl = await newQueue();
        const bodies = Array.from({ length: 10 }, (_, index) => `body ${index}`);
        const sent = await sqs.send(
          new SendMessageBatchCommand({
            QueueUrl,
            Entries: bodies.map((MessageBody, index) => ({ Id: `m${index}`, MessageBody })),
          }),
        );
        expect(sent.Successful?.map(({ Id }) => Id)).toEqual(bodies.map((_, index) => `m${index}`));
        const received = await receive(QueueUrl);
        expect(new Set(received.map(({ Body }) => Body))).toEqual(new Set(bodies));
        expect(received).toHaveLength(bodies.length);
        const deleted = await sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl,
            Entries: received.map(({ ReceiptHandle }, index) => ({ Id: `d${index}`, ReceiptHandle })),
          }),
        );
        expect([deleted.Successful?.length, deleted.Failed ?? []]).toEqual([10, []]);
      });

      it('an entry that fails does not fail the others', async () => {
        const QueueUrl = await newQueue({ MaximumMessageSize: '1024' });
        const { Successful, Failed } = await sqs.send(
          new SendMessageBatchCommand({
            QueueUrl,
            Entries: [
              { Id: 'good', MessageBody: 'x' },
              { Id: 'control', MessageBody: '\u0000' },
              { Id: 'long', MessageBody: 'x'.repeat(1_025) },
            ],
          }),
        );
        expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
        expect(Failed).toMatchObject([
          { Id: 'control', SenderFault: true, Code: 'InvalidMessageContents' },
          { Id: 'long', SenderFault: true, Code: 'InvalidParameterValue' },
        ]);
        expect(await receive(QueueUrl)).toHaveLength(1);
      });

      it('visibility is changed entry by entry', async () => {
        const QueueUrl = await newQueue();
        await send(QueueUrl, 'x');
        const { ReceiptHandle } = await receiveOne(QueueUrl);
        const { Successful, Failed } = await sqs.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl,
            Entries: [
              { Id: 'good', ReceiptHandle, VisibilityTimeout: 0 },
              { Id: 'bad', ReceiptHandle: 'garbage', VisibilityTimeout: 0 },
            ],
          }),
        );
        expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
        expect(Failed?.map(({ Id }) => Id)).toEqual(['bad']);
        expect(await receive(QueueUrl)).toHaveLength(1);
      });

      const entry = (Id: string, MessageBody = 'x') => ({ Id, MessageBody });
      it.each([
        ['no entries', [], 'EmptyBatchRequest'],
        [
          'eleven entries',
          Array.from({ length: 11 }, (_, index) => entry(`m${index}`)),
          'TooManyEntriesInBatchRequest',
        ],
        ['two entries of one id', [entry('a'), entry('a')], 'BatchEntryIdsNotDistinct'],
        ['an id with a colon', [entry('a:b')], 'InvalidBatchEntryId'],
        [
          'more than 1 MiB',
          [entry('a', 'x'.repeat(600_000)), entry('b', 'x'.repeat(600_000))],
          'BatchRequestTooLong',
        ],
      ])('a batch of %s is refused whole', async (_what, Entries, errorName) => {
        const QueueUrl = await newQueue();
        await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
          ...refusal(errorName),
          Error: { Code: `AWS.SimpleQueueService.${errorName}` },
        });
        expect(await receive(QueueUrl)).toEqual([]);
      });
    });

    describe('dead letters', () => {
      it('a message received too often moves to the dead-letter queue as it is', async () => {
        const { source, deadLetters } = await queueWithDeadLetters();
        const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };
        await sqs.send(
          new SendMessageCommand({ QueueUrl: source, MessageBody: 'poison', MessageAttributes }),
        );
        const failed = await receiveOne(source);
        await makeVisible(source, failed);
        expect(await receive(source)).toEqual([]);
        const dead = await receiveOne(deadLetters, { MessageAttributeNames: ['All'] });
        expect(dead).toMatchObject({ MessageId: failed.MessageId, Body: 'poison', MessageAttributes });
        expect(dead.Attributes?.SentTimestamp).toBe(failed.Attributes?.SentTimestamp);
      });

      it('a message is delivered as often as the policy allows', async () => {
        const { source, deadLetters } = await queueWithDeadLetters(3);
        await send(source, 'poison');
        for (const count of ['1', '2', '3']) {
          const message = await receiveOne(source);
          expect(message.Attributes).toMatchObject({ ApproximateReceiveCount: count });
          await makeVisible(source, message);
        }
        expect(await receive(source)).toEqual([]);
        expect(await receive(deadLetters)).toHaveLength(1);
      });

      itNeeds(
        capabilities.tellsDeadLetterSource,
        'a dead letter tells the queue that gave it up',
        async () => {
          const { source, deadLetters } = await queueWithDeadLetters();
          await send(source, 'poison');
          const { dead } = await failInto(source, deadLetters);
          expect(dead.Attributes).toMatchObject({ DeadLetterQueueSourceArn: await arnOf(source) });
        },
      );

      it('an empty redrive policy takes the dead-letter queue away', async () => {
        const { source } = await queueWithDeadLetters();
        await sqs.send(
          new SetQueueAttributesCommand({ QueueUrl: source, Attributes: { RedrivePolicy: '' } }),
        );
        await send(source, 'poison');
        await makeVisible(source, await receiveOne(source));
        expect(await receive(source)).toHaveLength(1);
      });

      itNeeds(capabilities.listsDeadLetterSources, 'a dead-letter queue lists its sources', async () => {
        const { source, deadLetters } = await queueWithDeadLetters();
        const { queueUrls } = await sqs.send(
          new ListDeadLetterSourceQueuesCommand({ QueueUrl: deadLetters }),
        );
        expect(queueUrls).toEqual([source]);
      });

      itNeeds(
        capabilities.moveTasks,
        'a move task sends dead letters back to their sources as new messages',
        async () => {
          const { source, deadLetters, deadLetterTargetArn: SourceArn } = await queueWithDeadLetters();
          await send(source, 'poison');
          const { failed, dead } = await failInto(source, deadLetters);
          await makeVisible(deadLetters, dead);
          await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
          const moved = await receiveOne(source);
          expect(moved).toMatchObject({ Body: 'poison', Attributes: { ApproximateReceiveCount: '1' } });
          expect(moved.MessageId).not.toBe(failed.MessageId);
          await vi.waitFor(async () => {
            const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
            expect(Results).toMatchObject([
              { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1, SourceArn },
            ]);
          });
        },
      );

      itNeeds(capabilities.moveTasks, 'a move task can be cancelled while it runs', async () => {
        const { source, deadLetters, deadLetterTargetArn: SourceArn } = await queueWithDeadLetters();
        await send(source, 'poison');
        const { dead } = await failInto(source, deadLetters);
        await makeVisible(deadLetters, dead);
        const { TaskHandle } = await sqs.send(
          new StartMessageMoveTaskCommand({ SourceArn, MaxNumberOfMessagesPerSecond: 1 }),
        );
        await expect(sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toMatchObject(
          refusal('InvalidParameterValue'),
        );
        const cancelled = await sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
        expect(cancelled.ApproximateNumberOfMessagesMoved).toBe(0);
        const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
        expect(Results).toMatchObject([{ Status: 'CANCELLED' }]);
        expect(await receive(deadLetters)).toHaveLength(1);
      });

      itNeeds(
        capabilities.moveTasks,
        'a move task needs a dead-letter queue and a destination that exist',
        async () => {
          const { deadLetterTargetArn } = await queueWithDeadLetters();
          const missing = 'arn:aws:sqs:us-east-1:000000000000:nobody';
          const start = (SourceArn: string, DestinationArn?: string) =>
            sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
          await expect(start(missing)).rejects.toMatchObject(refusal('ResourceNotFoundException'));
          await expect(start(deadLetterTargetArn, missing)).rejects.toMatchObject(
            refusal('ResourceNotFoundException'),
          );
          await expect(start(await arnOf(await newQueue()))).rejects.toMatchObject(
            refusal('InvalidParameterValue'),
          );
          await expect(
            sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: 'garbage' })),
          ).rejects.toMatchObject(refusal('InvalidParameterValue'));
        },
      );
    });
  });
}
