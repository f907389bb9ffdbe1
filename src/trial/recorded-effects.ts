/** The host calls of a function on trial: recorded, and by default not performed. */

import { originProblem } from "../egress/allow-list.ts";
import type { EgressAnswer, EgressRequest } from "../egress/request.ts";
import type { HttpGrant } from "../model/egress.ts";
import type { CannedAnswer, RecordedCall } from "../model/trial.ts";
import type { KeyValue, KvEntry } from "../sandbox/main/host-calls.ts";
import { kvSum, kvTooLong } from "../store/kv/kv-table.ts";

export interface Effects {
  readonly fetch: (
    request: EgressRequest,
    grant: HttpGrant,
    signal: AbortSignal,
  ) => Promise<EgressAnswer>;
  readonly kv: KeyValue;
}

type RecordCall = (call: RecordedCall) => void;

/** Once `signal` is aborted, performs nothing more: the caller of the trial has lost its permission. */
export function untilAborted(signal: AbortSignal | undefined, { fetch, kv }: Effects): Effects {
  if (signal === undefined) return { fetch, kv };
  const unlessAborted = async <T>(perform: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    return await perform();
  };
  return {
    fetch: (request, grant, own) =>
      unlessAborted(() => fetch(request, grant, AbortSignal.any([signal, own]))),
    kv: {
      get: kv.get,
      set: (entry) => unlessAborted(() => kv.set(entry)),
      delete: (key) => unlessAborted(() => kv.delete(key)),
      increment: (key, by, ttlMs) => unlessAborted(() => kv.increment(key, by, ttlMs)),
    },
  };
}

/** Performs and records every call. */
export function performedEffects(real: Effects, record: RecordCall): Effects {
  const recorded = async <T>(
    call: RecordedCall["call"],
    asked: RecordedCall["asked"],
    result: Promise<T>,
  ): Promise<T> => {
    const answered = await result;
    record({ call, asked, answered, performed: true });
    return answered;
  };
  const { kv } = real;
  return {
    fetch: async (request, grant, signal) => {
      const answer = await real.fetch(request, grant, signal);
      record({ ...fetchShown(request, answer), performed: true });
      return answer;
    },
    kv: {
      get: kv.get,
      set: (entry) => recorded("kv.set", { ...entry }, kv.set(entry)),
      delete: (key) => recorded("kv.delete", { key }, kv.delete(key)),
      increment: (key, by, ttlMs) =>
        recorded("kv.increment", { key, by, ttlMs }, kv.increment(key, by, ttlMs)),
    },
  };
}

/** Performs no call. Reads return the stored values, overlaid with what this run would have written. */
export function recordedEffects(
  real: Effects,
  record: RecordCall,
  canned: readonly CannedAnswer[],
): Effects {
  return {
    fetch: (request, grant) => {
      const answer = answerTo(request, grant, canned);
      record({ ...fetchShown(request, answer), performed: false });
      return Promise.resolve(answer);
    },
    kv: overlay(real.kv, record),
  };
}

function overlay(stored: KeyValue, record: RecordCall): KeyValue {
  const written = new Map<string, string | undefined>();
  const get = (key: string) => (written.has(key) ? written.get(key) : stored.get(key));
  const recorded = <T>(call: RecordedCall["call"], asked: RecordedCall["asked"], answered: T) => {
    record({ call, asked, answered, performed: false });
    return Promise.resolve(answered);
  };
  return {
    get,
    set: (entry: KvEntry) => {
      const { key, value, expected } = entry;
      const isAsExpected = expected === undefined || (get(key) ?? null) === expected;
      const tooLong = isAsExpected ? kvTooLong(key, value) : undefined;
      if (tooLong !== undefined) return recorded("kv.set", { ...entry }, tooLong);
      if (isAsExpected) written.set(key, value);
      return recorded("kv.set", { ...entry }, isAsExpected);
    },
    delete: (key) => {
      const was = get(key) !== undefined;
      written.set(key, undefined);
      return recorded("kv.delete", { key }, was);
    },
    increment: (key, by, ttlMs) => {
      const sum = kvSum(key, get(key), by);
      if (typeof sum === "number") written.set(key, String(sum));
      return recorded("kv.increment", { key, by, ttlMs }, sum);
    },
  };
}

/** A denied URL gets the same error as in a real run. Any other gets its canned answer, or an empty JSON object. */
function answerTo(
  { url }: EgressRequest,
  grant: HttpGrant,
  canned: readonly CannedAnswer[],
): EgressAnswer {
  const parsed = URL.parse(url);
  if (parsed === null) {
    const message = `${JSON.stringify(url)} is not an absolute URL`;
    return { ok: false, kind: "HTTP_ERROR", name: "TypeError", message };
  }
  const problem = originProblem(parsed, grant, new Set());
  if (problem !== undefined)
    return { ok: false, kind: "EGRESS_DENIED", name: "EgressDenied", message: problem };
  const matches = ({ url: pattern }: CannedAnswer) =>
    pattern.endsWith("*") ? url.startsWith(pattern.slice(0, -1)) : url === pattern;
  const { status, headers, body } = canned.find(matches) ?? {
    status: 200,
    headers: { "content-type": "application/json" },
    body: "{}",
  };
  return {
    ok: true,
    status,
    statusText: "",
    url,
    redirected: false,
    headers: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
    body: Buffer.from(body),
  };
}

function fetchShown(request: EgressRequest, answer: EgressAnswer) {
  const { url, method, headers, body } = request;
  return {
    call: "http.fetch",
    asked: { method, url, headers, ...(body === undefined ? {} : { body: body.toString() }) },
    answered: answer.ok
      ? { status: answer.status, body: answer.body.toString() }
      : { error: answer.name, message: answer.message },
  } as const;
}
