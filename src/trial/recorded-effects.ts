/** What a function asks of the world while it is tried: noted, and by default not done. */

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

type Note = (call: RecordedCall) => void;

/** Nothing is done once `signal` is aborted: whoever tries it may not do so any more. */
export function endingWith(signal: AbortSignal | undefined, { fetch, kv }: Effects): Effects {
  if (signal === undefined) return { fetch, kv };
  const unlessEnded = async <T>(done: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    return await done();
  };
  return {
    fetch: (request, grant, own) =>
      unlessEnded(() => fetch(request, grant, AbortSignal.any([signal, own]))),
    kv: {
      get: kv.get,
      set: (entry) => unlessEnded(() => kv.set(entry)),
      delete: (key) => unlessEnded(() => kv.delete(key)),
      increment: (key, by, ttlMs) => unlessEnded(() => kv.increment(key, by, ttlMs)),
    },
  };
}

/** Everything is done, and noted. */
export function performedEffects(real: Effects, note: Note): Effects {
  const noted = async <T>(
    call: RecordedCall["call"],
    asked: RecordedCall["asked"],
    done: Promise<T>,
  ): Promise<T> => {
    const answered = await done;
    note({ call, asked, answered, performed: true });
    return answered;
  };
  const { kv } = real;
  return {
    fetch: async (request, grant, signal) => {
      const answer = await real.fetch(request, grant, signal);
      note({ ...fetchShown(request, answer), performed: true });
      return answer;
    },
    kv: {
      get: kv.get,
      set: (entry) => noted("kv.set", { ...entry }, kv.set(entry)),
      delete: (key) => noted("kv.delete", { key }, kv.delete(key)),
      increment: (key, by, ttlMs) =>
        noted("kv.increment", { key, by, ttlMs }, kv.increment(key, by, ttlMs)),
    },
  };
}

/** Nothing is done. Reads see what is stored, and what this run would have written on top of it. */
export function recordedEffects(
  real: Effects,
  note: Note,
  canned: readonly CannedAnswer[],
): Effects {
  return {
    fetch: (request, grant) => {
      const answer = answerTo(request, grant, canned);
      note({ ...fetchShown(request, answer), performed: false });
      return Promise.resolve(answer);
    },
    kv: overlay(real.kv, note),
  };
}

function overlay(stored: KeyValue, note: Note): KeyValue {
  const written = new Map<string, string | undefined>();
  const get = (key: string) => (written.has(key) ? written.get(key) : stored.get(key));
  const noted = <T>(call: RecordedCall["call"], asked: RecordedCall["asked"], answered: T) => {
    note({ call, asked, answered, performed: false });
    return Promise.resolve(answered);
  };
  return {
    get,
    set: (entry: KvEntry) => {
      const { key, value, expected } = entry;
      const isAsExpected = expected === undefined || (get(key) ?? null) === expected;
      const tooLong = isAsExpected ? kvTooLong(key, value) : undefined;
      if (tooLong !== undefined) return noted("kv.set", { ...entry }, tooLong);
      if (isAsExpected) written.set(key, value);
      return noted("kv.set", { ...entry }, isAsExpected);
    },
    delete: (key) => {
      const was = get(key) !== undefined;
      written.set(key, undefined);
      return noted("kv.delete", { key }, was);
    },
    increment: (key, by, ttlMs) => {
      const sum = kvSum(key, get(key), by);
      if (typeof sum === "number") written.set(key, String(sum));
      return noted("kv.increment", { key, by, ttlMs }, sum);
    },
  };
}

/** What may not be called is refused as it would be; anything else answers an empty JSON object unless told otherwise. */
function answerTo(
  { url }: EgressRequest,
  grant: HttpGrant,
  canned: readonly CannedAnswer[],
): EgressAnswer {
  const parsed = URL.parse(url);
  if (parsed === null) {
    const message = `${JSON.stringify(url)} is no absolute URL`;
    return { ok: false, kind: "HTTP_ERROR", name: "TypeError", message };
  }
  const problem = originProblem(parsed, grant, new Set());
  if (problem !== undefined)
    return { ok: false, kind: "EGRESS_DENIED", name: "EgressDenied", message: problem };
  const fits = ({ url: wanted }: CannedAnswer) =>
    wanted.endsWith("*") ? url.startsWith(wanted.slice(0, -1)) : url === wanted;
  const { status, headers, body } = canned.find(fits) ?? {
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
