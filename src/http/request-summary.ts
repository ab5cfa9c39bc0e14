import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ApiCredential } from '../rotation/api-credential.ts';
import type { SeenKey } from '../rotation/check-key.ts';
import type { Status } from '../rotation/lifecycle.ts';
import type { UpstreamReport } from '../rotation/rotation.ts';
import type { ProblemCode } from './problems/problem-registry.ts';

/** What the log line and the metrics of a request are made from. Each step adds what it has found out. */
export type RequestSummary = {
  caller?: { subject: string; clientId?: string };
  credential?: string;
  /** The consumer of a key that says which one it uses. */
  consumer?: string;
  /** The rotation that this request started, and how it ended. */
  rotation?: { id: string; status: Status; level: ApiCredential['level'] };
  upstream?: Pick<UpstreamReport, 'status' | 'durationMs' | 'attempts'>;
  /** What a dry run has found. `failed` has the names of its checks. */
  dryRun?: { wouldRotate: boolean; failed: string[] };
  /** What a check has seen of the key in use. */
  check?: SeenKey['kind'];
  problem?: ProblemCode;
};

const summaries = new WeakMap<APIGatewayProxyEventV2, RequestSummary>();

/** The summary of a request, empty at first. It is kept beside the event, so that the event's type stays API Gateway's. */
export function summaryOf(event: APIGatewayProxyEventV2): RequestSummary {
  const summary = summaries.get(event) ?? {};
  summaries.set(event, summary);
  return summary;
}
