/** Decides which provider a message is from, whether it is authentic, and which functions run on it. Writes nothing. */
import { type Logger, warnSparingly } from "../../logger.ts";
import type { Decision, Matched, OwedFunction, TraceEntry } from "../../model/decision.ts";
import type { Provider } from "../../model/definition.ts";
import { messageSegments, type OpenEvents } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import { nearUriText } from "../../model/nearest-uri.ts";
import { senderKey } from "../../model/remote-address.ts";
import { secretHeaderNames } from "../../model/sensitive-headers.ts";
import type { Unverified } from "../../model/verification-mode.ts";
import { nearUris } from "../../registry/near-uris.ts";
import type { Registry, Route } from "../../registry/registry.ts";
import type { SecretHeaders } from "../../registry/secret-headers.ts";
import type { Sandbox } from "../../sandbox/main/sandbox.ts";
import { handshakeDecision } from "./handshake.ts";
import { type PassedOver, passedOverEntry, passOver, reasonsAfter } from "./pass-over.ts";
import { providerSet } from "./provider-set.ts";
import { scriptInput } from "./script-input.ts";
import { verificationOf } from "./verification.ts";

export interface MatchDeps {
  /** Set for trials: match scripts run in isolates made for this message and disposed of after it. */
  readonly freshIsolates?: true;
  readonly openEvent: OpenEvents;
  readonly sandbox: Sandbox;
  readonly registry: () => Registry;
  readonly secretHeaders: SecretHeaders;
  readonly unverified: Unverified;
  readonly log: Logger;
}

/** The name under which matching takes memory for decoded bodies. */
export const MATCH_USER = "match";

/** Shorter CPU times are not recorded. */
const MIN_MATCH_MS = 1;

type Report = Awaited<ReturnType<Sandbox["decide"]>>;

export async function decide(message: Message, deps: MatchDeps): Promise<Decision> {
  const registry = deps.registry();
  if (registry.providers.length === 0) return { kind: "unmatched", trace: [] };
  const passedOver = passOver(message, registry);
  const report = await runMatchScripts(message, registry, passedOver.candidates, deps);
  const { unverified } = deps;
  const decision = conclude(message, registry, { ...passedOver, report, unverified });
  logDecision(message, decision, deps.log);
  return report.cpuMs < MIN_MATCH_MS ? decision : { ...decision, matchMs: report.cpuMs };
}

/** If every provider was skipped, no sandbox is entered. */
async function runMatchScripts(
  message: Message,
  registry: Registry,
  candidates: PassedOver["candidates"],
  deps: MatchDeps,
): Promise<Report> {
  if (candidates.length === 0) return { entries: [], cpuMs: 0 };
  using opened = await deps.openEvent(message, MATCH_USER);
  const input = scriptInput(opened.event);
  const { secretHeaders: secret } = deps;
  const report = await deps.sandbox.decide(providerSet(registry), input, {
    verify: message.resubmission?.edited !== true,
    candidates,
    fresh: deps.freshIsolates,
    secretHeaders: secretHeaderNames(message.headers, secret.of(registry)),
    ...senderOf(message, deps),
  });
  // The last entry is the provider that matched, if any. The headers it verified with stand first in the report.
  const last = registry.providers[report.entries.at(-1)?.provider ?? -1];
  secret.learn(report.proofHeaders ?? [], last?.name ?? "");
  return report;
}

/** The sender that the cost of matching is charged to; none for actions of an operator. */
const senderOf = (
  { remoteAddress, resubmission }: Message,
  { freshIsolates }: MatchDeps,
): { readonly sender?: string } =>
  freshIsolates === true || resubmission !== undefined ? {} : { sender: senderKey(remoteAddress) };

/** The results for each provider of a registry, by its index. */
interface Findings extends PassedOver {
  readonly report: Report;
  readonly unverified: Unverified;
}

function conclude(message: Message, registry: Registry, findings: Findings): Decision {
  const { report, unverified } = findings;
  const trace = traceOf(findings, registry.providers);
  const last = report.entries.at(-1);
  const provider = last?.matched === true ? registry.providers[last.provider] : undefined;
  if (provider === undefined) return { kind: "unmatched", trace, ...near(message, registry) };
  const verification = verificationOf(message, provider, { ...report, unverified });
  const matched: Matched = {
    provider: provider.name,
    verification,
    dedupeSeconds: provider.dedupeSeconds,
    sync: provider.sync,
    acceptStatus: provider.acceptStatus,
    ...(report.eventType === undefined ? {} : { eventType: report.eventType }),
    ...(report.deliveryId === undefined ? {} : { deliveryId: report.deliveryId }),
  };
  if (report.handshake !== undefined) return handshakeDecision(trace, matched, report.handshake);
  if (verification.mode === "enforce" && verification.result === "failed")
    return { kind: "rejected", trace, ...matched };
  const routes = selected(registry.routes(provider.name, messageSegments(message)), message);
  const [first, ...others] = routes.map(owedFunction);
  if (first === undefined)
    return { kind: "no-function", trace, ...matched, ...near(message, registry, provider.name) };
  const sync = matched.sync || routes.some(({ fn }) => fn.sync);
  return { kind: "accepted", trace, ...matched, sync, functions: [first, ...others] };
}

const near = ({ uri }: Message, registry: Registry, provider?: string) => {
  const found = nearUris(registry, uri, provider);
  return found.length === 0 ? {} : { nearUris: found };
};

/** One entry per provider in order, up to the one that matched. */
function traceOf(
  { report, ...passedOver }: Findings,
  providers: readonly Provider[],
): readonly TraceEntry[] {
  const trace: TraceEntry[] = [];
  const entries = new Map(
    report.entries.map(({ provider, passedOver: _, ...entry }) => [provider, entry]),
  );
  const reasons = reasonsAfter(passedOver, report.entries);
  for (const [place, provider] of providers.entries()) {
    const reason = reasons.get(place);
    const entry = entries.get(place);
    if (reason !== undefined) trace.push(passedOverEntry(provider, reason));
    else if (entry !== undefined) trace.push(traceEntry(provider, entry));
    if (entry?.matched === true) break;
  }
  return trace;
}

function traceEntry(
  { name: provider, script: { version } }: Provider,
  entry: Omit<Report["entries"][number], "provider" | "passedOver">,
): TraceEntry {
  const { matched, durationMs, warning, error, logs } = entry;
  const isPlain = warning === undefined && error === undefined && logs === undefined;
  if (isPlain) return { provider, version, matched, durationMs };
  return { provider, version, ...entry } as TraceEntry;
}

function selected(routes: readonly Route[], message: Message): readonly Route[] {
  const only = message.resubmission?.functions;
  return only === undefined ? routes : routes.filter(({ fn }) => only.includes(fn.name));
}

function owedFunction({ fn, params }: Route): OwedFunction {
  const { name, script, order, retry } = fn;
  return {
    name,
    version: script.version,
    params,
    retry,
    ...(order === undefined ? {} : { order }),
  };
}

function logDecision(message: Message, decision: Decision, log: Logger): void {
  for (const { provider, error } of decision.trace) {
    if (error === undefined) continue;
    warnSparingly(
      log,
      `match script ${provider} ${error.kind}`,
      { messageId: message.id, provider, kind: error.kind, file: error.file, line: error.line },
      "match script failed, it counts as no",
    );
  }
  if (decision.kind === "unmatched" || decision.kind === "no-function")
    logUnmatched(message, decision, log);
  if (decision.kind === "unmatched" || decision.verification.result !== "failed") return;
  const { provider, verification } = decision;
  // The reason is left out: a script may put any text there. The message log has it.
  warnSparingly(
    log,
    `verification ${provider}`,
    { messageId: message.id, provider, mode: verification.mode },
    "verification failed",
  );
}

/** The URI is left out: a sender may put any text there. */
function logUnmatched(
  { id: messageId }: Message,
  decision: Extract<Decision, { readonly kind: "unmatched" | "no-function" }>,
  log: Logger,
): void {
  const provider = decision.kind === "unmatched" ? undefined : decision.provider;
  const nearestUris = nearUriText(decision.nearUris ?? []);
  warnSparingly(
    log,
    `unmatched ${provider} ${decision.nearUris?.[0]?.uri}`,
    {
      messageId,
      ...(provider === undefined ? {} : { provider }),
      ...(nearestUris === "" ? {} : { nearestUris }),
    },
    provider === undefined ? "no provider matched" : "no function for the URI of a message",
  );
}
