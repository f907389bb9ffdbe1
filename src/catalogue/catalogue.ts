/** The installed providers in a real sandbox, run on one request at a time without a server. */
import { randomUUID } from "node:crypto";
import { MessageEvents } from "../decoding/message-events.ts";
import { HookyardError } from "../errors.ts";
import { createLogger, type Logger } from "../logger.ts";
import type { Decision } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import type { OpenEvents } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { ScriptResponse } from "../model/outcome.ts";
import type { ProviderMatches } from "../model/provider-matches.ts";
import { allMatches } from "../pipeline/match/all-matches.ts";
import { decide, type MatchDeps } from "../pipeline/match/decide.ts";
import { type Folders, loadRegistry } from "../registry/load-registry.ts";
import { createRegistry } from "../registry/registry.ts";
import { DECLARED_HEADERS } from "../registry/secret-headers.ts";
import { Sandbox } from "../sandbox/main/sandbox.ts";
import { propertyNameProblem } from "../sandbox/script/script.ts";
import type { PropertyValues, SampleRequest } from "./sample.ts";

/** The default limit of a server. */
const MAX_BODY_BYTES = 26_214_400;

/** The result of running the match scripts on a request. */
export interface Judgement {
  readonly provider?: string;
  readonly verified?: boolean;
  readonly reason?: string;
  readonly handshake?: ScriptResponse;
  readonly eventType?: string;
  readonly deliveryId?: string;
  /** Errors of the scripts that ran; a correct provider has none. */
  readonly errors: readonly string[];
}

/** Property values by provider; other providers keep the loaded values. */
export type Configured = Readonly<Record<string, PropertyValues>>;

export interface Catalogue extends AsyncDisposable {
  /** In match order; includes inactive ones. */
  readonly providers: readonly Provider[];
  /** Names of the providers that are active by default. */
  readonly active: readonly string[];
  /** Matches a request against the named providers in order, active or not, each with the given properties. */
  judge(
    request: SampleRequest,
    names: readonly string[],
    configured: Configured,
  ): Promise<Judgement>;
  /** All named providers that match the request, regardless of order. */
  allMatches(
    request: SampleRequest | Message,
    names: readonly string[],
    configured: Configured,
  ): Promise<ProviderMatches>;
}

export interface CatalogueOptions extends Folders {
  /** Supplies values of properties from variables, as in a server; no values when absent. */
  readonly lookUp?: (variable: string) => string | undefined;
}

/** Throws `bad_configuration` when a provider cannot be loaded; `loadLog` has the reason. */
export async function openCatalogue(
  options: CatalogueOptions,
  loadLog: Logger,
): Promise<Catalogue> {
  await using stack = new AsyncDisposableStack();
  // Problems of a request are part of its judgement, so they are not logged.
  const log = createLogger("silent");
  const sandbox = stack.use(new Sandbox({ processes: 1, log: loadLog }));
  await sandbox.start();
  const providers = await loadProviders(options, sandbox, loadLog);
  const registryOf = memoizeLast((names: readonly string[], configured: Configured) => {
    const selected = providers.filter(({ name }) => names.includes(name));
    return createRegistry(
      selected.map((one) => withValues(one, configured[one.name])),
      [],
    );
  });
  const matchDeps = (
    names: readonly string[],
    configured: Configured,
    publicUrl: string | undefined,
  ): MatchDeps => {
    const registry = registryOf(names, configured);
    return {
      sandbox,
      registry: () => registry,
      secretHeaders: DECLARED_HEADERS,
      openEvent: eventsOf(publicUrl),
      unverified: "accept",
      log,
    };
  };
  const resources = stack.move();
  return {
    providers,
    active: providers.filter(({ active }) => active).map(({ name }) => name),
    judge: async (request, names, configured) => {
      const deps = matchDeps(names, configured, request.publicUrl);
      return judgementOf(await decide(messageOf(request), deps));
    },
    allMatches: (request, names, configured) =>
      "basePath" in request
        ? allMatches(request, matchDeps(names, configured, undefined))
        : allMatches(messageOf(request), matchDeps(names, configured, request.publicUrl)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const eventsOf = (publicUrl: string | undefined): OpenEvents =>
  new MessageEvents({ maxBodyBytes: MAX_BODY_BYTES, publicUrl, trustProxy: false }).open;

/** Building a registry costs more than using it, so the last one is kept for calls with the same arguments. */
function memoizeLast<A, B, R>(make: (a: A, b: B) => R): (a: A, b: B) => R {
  let last: { readonly a: A; readonly b: B; readonly made: R } | undefined;
  return (a, b) => {
    if (last === undefined || last.a !== a || last.b !== b) last = { a, b, made: make(a, b) };
    return last.made;
  };
}

async function loadProviders(
  { lookUp = () => undefined, ...folders }: CatalogueOptions,
  sandbox: Sandbox,
  log: Logger,
): Promise<readonly Provider[]> {
  const check = sandbox.check.bind(sandbox);
  const deps = { check, propertyNameProblem, lookUp, log };
  const { providers, problems } = await loadRegistry(folders, deps);
  if (problems === 0)
    return providers.toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
  const detail = `${problems} folders in ${folders.providersDir} or ${folders.functionsDir} cannot be loaded: fix them as the log says`;
  throw new HookyardError("bad_configuration", detail);
}

/** The provider made active, with these values of its properties if any are given. */
function withValues(provider: Provider, values: PropertyValues | undefined): Provider {
  if (values === undefined) return { ...provider, active: true };
  const properties = provider.properties.map((one) => {
    return { ...one, values: [values[one.name] ?? []].flat() };
  });
  return { ...provider, active: true, properties };
}

/** The request as a message received at its time. */
export function messageOf({ method, uri, query, receivedAt, ...request }: SampleRequest): Message {
  const body = Buffer.from(request.body);
  const isNamed = request.headers.some(([name]) => name.toLowerCase() === "content-length");
  const length = [["Content-Length", `${body.length}`]] as const;
  return {
    id: randomUUID(),
    receivedAt,
    method,
    uri,
    basePath: "/webhooks/v1",
    path: `/webhooks/v1/${uri}`,
    queryString: query,
    headers: isNamed ? request.headers : [...length, ...request.headers],
    body,
    remoteAddress: "203.0.113.7",
    sync: false,
  };
}

function judgementOf(decision: Decision): Judgement {
  const { trace } = decision;
  const errors = trace.flatMap(({ error, warning, logs = [] }) => [
    ...(error === undefined ? [] : [error.message]),
    ...(warning === undefined ? [] : [warning]),
    ...logs.filter(({ level }) => level === "error").map(({ text }) => text),
  ]);
  if (decision.kind === "unmatched") return { errors: errors };
  const { provider, verification, eventType, deliveryId } = decision;
  const { error, reason } = verification;
  return {
    provider,
    verified: verification.result === "ok",
    errors: error === undefined ? errors : [...errors, error.message],
    ...(reason === undefined ? {} : { reason }),
    ...(eventType === undefined ? {} : { eventType }),
    ...(deliveryId === undefined ? {} : { deliveryId }),
    ...(decision.kind === "handshake" ? { handshake: decision.response } : {}),
  };
}
