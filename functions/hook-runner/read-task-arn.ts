import * as z from 'zod';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html */
const taskSchema = z.object({ TaskARN: z.string().min(1) });

const timeoutMs = 10_000;

/** Asks ECS which task this process is. Throws when it does not answer. */
export async function readTaskArn(metadataUri: string): Promise<string> {
  const url = `${metadataUri}/task`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return taskSchema.parse(await answer.json()).TaskARN;
  } catch (cause) {
    throw new Error(
      `The task metadata at ${url} (ECS_CONTAINER_METADATA_URI_V4) does not say which task this is.`,
      { cause },
    );
  }
}
