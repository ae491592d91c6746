import { chargeUnits } from './charge.ts';
import type { Charge } from './charge.ts';

// What CloudWatch adds to each log event, https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
const eventOverheadBytes = 26;
// {"timestamp":"…","level":"INFO","requestId":"…","message":"…"} without the message.
const envelopeBytes = 115;
// platform.start and platform.report, as Lambda writes them for each invocation in the JSON format.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
const platformBytes = 150 + 370 + 2 * eventOverheadBytes;
// The stage's access log format (cdk/http-api.ts) with its values filled in.
const accessLineBytes = 330 + eventOverheadBytes;

const gigabyte = 2 ** 30;
const monthsKept = 1;
// CloudWatch keeps logs compressed: https://aws.amazon.com/cloudwatch/pricing/
const keptShare = 0.15;

const chargeBytes = (purpose: string, bytes: number): Charge[] => [
  chargeUnits('logs-gb', { purpose }, bytes / gigabyte),
  chargeUnits('logs-gb-month', { purpose }, (bytes * keptShare * monthsKept) / gigabyte),
];

/** A line that a function wrote to its console: text becomes JSON inside JSON. */
export const chargeLogLine = (line: string): Charge[] =>
  chargeBytes(
    'lines of functions',
    Buffer.byteLength(JSON.stringify(line)) + envelopeBytes + eventOverheadBytes,
  );

export const chargePlatformLines = (): Charge[] => chargeBytes("Lambda's start and report", platformBytes);

export const chargeAccessLine = (): Charge[] => chargeBytes('access log', accessLineBytes);
