/** The providers as they are installed, in a real sandbox, asked about one request at a time without a server around it. */
import { randomUUID } from "node:crypto";
import { MessageEvents } from "../decoding/message-events.ts";
import { HookyardError } from "../errors.ts";
import { createLogger, type Logger } from "../logger.ts";
import type { Claims } from "../model/claims.ts";
import type { Decision } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import type { OpenEvents } from "../model/event.ts";
import type { ScriptResponse } from "../model/execution.ts";
import type { Message } from "../model/message.ts";
import { claims } from "../pipeline/match/claims.ts";
import { decide, type MatchDeps } from "../pipeline/match/decide.ts";
import { type Folders, loadRegistry } from "../registry/load-registry.ts";
import { createRegistry } from "../registry/registry.ts";
import { DECLARED_HEADERS } from "../registry/secret-headers.ts";
import { Sandbox } from "../sandbox/main/sandbox.ts";
import { propertyNameProblem } from "../sandbox/script/script.ts";
import type { PropertyValues, SampleRequest } from "./sample.ts";

/** As the ingress has it by default. */
const MAX_BODY_BYTES = 26_214_400;

/** What was said of a request. */
export interface Judgement {
  readonly provider?: string;
  readonly verified?: boolean;
  readonly reason?: string;
  readonly handshake?: ScriptResponse;
  readonly eventType?: string;
  readonly deliveryId?: string;
  /** Of the scripts that were asked: none in a provider that is in order. */
  readonly errors: readonly string[];
}

/** Property values by provider; those of a provider that is not named are as loaded. */
export type Configured = Readonly<Record<string, PropertyValues>>;

export interface Catalogue extends AsyncDisposable {
  /** In the order in which they are asked; inactive ones too. */
  readonly providers: readonly Provider[];
  /** Names of those that are asked as shipped. */
  readonly active: readonly string[];
  /** Asks the providers named, in their order, active or not, each with the properties given for it. */
  judge(
    request: SampleRequest,
    names: readonly string[],
    configured: Configured,
  ): Promise<Judgement>;
  /** All that would claim it, whatever their order. */
  claims(
    request: SampleRequest | Message,
    names: readonly string[],
    configured: Configured,
  ): Promise<Claims>;
}

export interface CatalogueOptions extends Folders {
  /** Supplies the values of properties, as in a server; none when absent. */
  readonly lookUp?: (variable: string) => string | undefined;
}

/** Throws `bad_configuration` when a provider cannot be loaded; `loadLog` says why. */
export async function openCatalogue(
  options: CatalogueOptions,
  loadLog: Logger,
): Promise<Catalogue> {
  await using stack = new AsyncDisposableStack();
  // What is wrong with a request is in its judgement.
  const log = createLogger("silent");
  const sandbox = stack.use(new Sandbox({ processes: 1, log: loadLog }));
  await sandbox.start();
  const providers = await loadProviders(options, sandbox, loadLog);
  const registryOf = rememberLast((names: readonly string[], configured: Configured) => {
    const asked = providers.filter(({ name }) => names.includes(name));
    return createRegistry(
      asked.map((one) => withValues(one, configured[one.name])),
      [],
    );
  });
  const surroundings = (
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
  const owned = stack.move();
  return {
    providers,
    active: providers.filter(({ active }) => active).map(({ name }) => name),
    judge: async (request, names, configured) => {
      const deps = surroundings(names, configured, request.publicUrl);
      return judgementOf(await decide(messageOf(request), deps));
    },
    claims: (request, names, configured) =>
      "basePath" in request
        ? claims(request, surroundings(names, configured, undefined))
        : claims(messageOf(request), surroundings(names, configured, request.publicUrl)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const eventsOf = (publicUrl: string | undefined): OpenEvents =>
  new MessageEvents({ maxBodyBytes: MAX_BODY_BYTES, publicUrl, trustProxy: false }).open;

/** To put a registry together costs more than to ask it: who asks the same again gets the same. */
function rememberLast<A, B, R>(make: (a: A, b: B) => R): (a: A, b: B) => R {
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
  const detail = `${problems} folders in ${folders.providersDir} or ${folders.functionsDir} cannot be loaded: mend them as the log says`;
  throw new HookyardError("bad_configuration", detail);
}

/** With other values of its properties, if there are any. */
function withValues(provider: Provider, values: PropertyValues | undefined): Provider {
  if (values === undefined) return { ...provider, active: true };
  const properties = provider.properties.map((one) => {
    return { ...one, values: [values[one.name] ?? []].flat() };
  });
  return { ...provider, active: true, properties };
}

/** The request as if it had just come in. */
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
  const told = trace.flatMap(({ error, warning, logs = [] }) => [
    ...(error === undefined ? [] : [error.message]),
    ...(warning === undefined ? [] : [warning]),
    ...logs.filter(({ level }) => level === "error").map(({ text }) => text),
  ]);
  if (decision.kind === "unmatched") return { errors: told };
  const { provider, verification, eventType, deliveryId } = decision;
  const { error, reason } = verification;
  return {
    provider,
    verified: verification.result === "ok",
    errors: error === undefined ? told : [...told, error.message],
    ...(reason === undefined ? {} : { reason }),
    ...(eventType === undefined ? {} : { eventType }),
    ...(deliveryId === undefined ? {} : { deliveryId }),
    ...(decision.kind === "handshake" ? { handshake: decision.response } : {}),
  };
}
