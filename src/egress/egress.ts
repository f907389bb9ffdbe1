/** Outgoing HTTP for scripts. The main process sends the requests, because sandbox children have no network. */
import type { Dispatcher } from "undici";
import { AgentPool } from "./agent-pool.ts";
import { hostNames, originProblem } from "./allow-list.ts";
import { readAnswerBody } from "./answer-body.ts";
import type { IsOwn } from "./connector.ts";
import { Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import { EgressFailure, toEgressFailure } from "./failure.ts";
import { firstHop, type Hop, isRedirect, nextHop } from "./hop.ts";
import { boundedLookup, type Lookup, lookUpAll } from "./lookup.ts";
import { orAborted } from "./or-aborted.ts";
import {
  type EgressAnswer,
  type EgressRequest,
  type HeaderPairs,
  type HttpGrantLike,
  UNCOUNTED_BYTES,
} from "./request.ts";
import { testGuards } from "./self-test.ts";

const MAX_REDIRECTS = 3;
const MAX_TIMEOUT_MS = 300_000;

export interface EgressOptions {
  /** Looks up host names; the system's resolver by default. */
  readonly lookup?: Lookup;
  /** Public host names of this server: calling them would be a loop. */
  readonly ownHosts?: readonly string[];
  /** Whether this server listens at an address: calling it there would be a loop under any name. */
  readonly isOwn?: IsOwn;
}

interface Call {
  readonly request: EgressRequest;
  readonly grant: HttpGrantLike;
  readonly signal: AbortSignal;
}

export class Egress implements AsyncDisposable {
  readonly #agents: AgentPool;
  readonly #ownHosts: ReadonlySet<string>;
  readonly #stopping = new AbortController();

  constructor({ lookup = lookUpAll, ownHosts = [], isOwn = () => false }: EgressOptions = {}) {
    this.#agents = new AgentPool(boundedLookup(lookup), isOwn);
    this.#ownHosts = hostNames(ownHosts);
  }

  /** Tries the guards once. Throws `sandbox_unusable` when a private address could be reached. */
  async start(): Promise<void> {
    const fetch = (url: URL) => {
      const request = { url: url.href, method: "GET", headers: [], redirect: "error" } as const;
      const own = { scheme: "http", host: url.hostname, wildcard: false } as const;
      const grant = { allow: [{ ...own, port: Number(url.port) }], privateNetworks: [] };
      return this.fetch({ ...request, timeoutMs: 5000 }, grant, this.#stopping.signal);
    };
    await testGuards({ dial, fetch });
  }

  /**
   * Makes one call within the grant. Never rejects: a refusal and a failure are answers too. The caller bounds the
   * number of calls.
   */
  async fetch(
    request: EgressRequest,
    grant: HttpGrantLike,
    signal: AbortSignal,
  ): Promise<EgressAnswer> {
    const timeoutMs = Math.min(Math.max(request.timeoutMs, 1), MAX_TIMEOUT_MS);
    const late = `there was no complete answer within ${timeoutMs} ms: raise the call's timeout, or ask for less`;
    const leftMs = Math.max(timeoutMs - (request.memory?.waitedMs ?? 0), 1);
    using deadline = new Deadline(leftMs, late, [signal, this.#stopping.signal]);
    try {
      return await this.#follow({ request, grant, signal: deadline.signal });
    } catch (error) {
      // After an abort, the reason of the signal is clearer than the error it caused below.
      const cause = deadline.signal.aborted ? deadline.signal.reason : error;
      return toEgressFailure(cause, originOf(request.url)).toAnswer();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new EgressFailure("AbortError", "the server is stopping"));
    await this.#agents[Symbol.asyncDispose]();
  }

  async #follow(call: Call): Promise<EgressAnswer> {
    let hop = firstHop(call.request);
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#send(hop, call, redirects > 0);
      const location = locationOf(response, call.request.redirect);
      if (location === undefined)
        return await answerOf(response, { ...hop, redirected: redirects > 0 }, call);
      discard(response);
      if (call.request.redirect === "error")
        throw new EgressFailure(
          "TypeError",
          `${hop.url.origin} answered with a redirect (${response.statusCode}), and the call asked for an error then`,
        );
      if (redirects === MAX_REDIRECTS)
        throw new EgressFailure(
          "LimitError",
          `too many redirects: at most ${MAX_REDIRECTS} are followed`,
        );
      hop = nextHop(hop, response.statusCode, location);
    }
  }

  async #send(hop: Hop, call: Call, redirected: boolean): Promise<Dispatcher.ResponseData> {
    const { url, method, headers, body } = hop;
    const problem = originProblem(url, call.grant, this.#ownHosts);
    if (problem !== undefined)
      throw new EgressFailure(
        "EgressDenied",
        redirected ? `after a redirect: ${problem}` : problem,
      );
    call.signal.throwIfAborted();
    try {
      const response = this.#agents.agentFor(call.grant.privateNetworks).request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: headers.flat(),
        body: body ?? null,
        highWaterMark: UNCOUNTED_BYTES,
        signal: call.signal,
      });
      // Undici ignores its signal until there is a connection.
      return await orAborted(response, call.signal);
    } catch (error) {
      throw toEgressFailure(error, url.origin);
    }
  }
}

/** The target of a redirect; undefined when this response is the answer. */
function locationOf(
  { statusCode, headers }: Dispatcher.ResponseData,
  redirect: EgressRequest["redirect"],
): string | undefined {
  if (!isRedirect(statusCode) || redirect === "manual") return undefined;
  const [location] = [headers["location"] ?? []].flat();
  return redirect === "error" ? (location ?? "") : location;
}

/** Closes the connection of an unread answer, because its body may be endless. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on("error", () => undefined).destroy();
}

async function answerOf(
  { statusCode, statusText, headers, body }: Dispatcher.ResponseData,
  { url, redirected }: Hop & { readonly redirected: boolean },
  { request: { memory }, signal }: Call,
): Promise<EgressAnswer> {
  const pairs = headerPairs(headers);
  const encodings = pairs.filter(([name]) => name === "content-encoding");
  const contentEncoding = encodings.map(([, value]) => value).join(",");
  const length = Number(pairs.find(([name]) => name === "content-length")?.[1]);
  const about = { contentEncoding, length, origin: url.origin, signal, memory };
  const decoded = await readAnswerBody(body, about);
  const { origin, pathname, search } = url;
  return {
    ok: true,
    status: statusCode,
    statusText,
    url: `${origin}${pathname}${search}`,
    redirected,
    headers: pairs,
    body: decoded,
  };
}

const headerPairs = (headers: Dispatcher.ResponseData["headers"]): HeaderPairs =>
  Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name, one] as const),
  );

/** The part of a URL that error messages may show. */
const originOf = (url: string) => URL.parse(url)?.origin ?? "the URL";
