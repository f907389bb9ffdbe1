/** Matches requests against providers in a real sandbox, like the server does on receipt. */
import { resolve } from "node:path";
import { messageOf } from "../../../src/catalogue/catalogue.ts";
import type { PropertyValues, SampleRequest } from "../../../src/catalogue/sample.ts";
import { MessageEvents } from "../../../src/decoding/message-events.ts";
import { HookyardError } from "../../../src/errors.ts";
import { createLogger } from "../../../src/logger.ts";
import type { Provider } from "../../../src/model/definition.ts";
import { decide } from "../../../src/pipeline/match/decide.ts";
import { loadRegistry } from "../../../src/registry/load-registry.ts";
import { createRegistry } from "../../../src/registry/registry.ts";
import { DECLARED_HEADERS } from "../../../src/registry/secret-headers.ts";
import { Sandbox } from "../../../src/sandbox/main/sandbox.ts";
import { propertyNameProblem } from "../../../src/sandbox/script/script.ts";

/**
 * Parallel calls, as many as a child takes at once: a single call mostly measures how two processes wake each other up.
 */
const AT_ONCE = 32;
const BATCH_MS = 60;

export interface Matcher extends AsyncDisposable {
  readonly providers: readonly Provider[];
  /** A provider that always matches and reads nothing: its cost is that of a sandbox call. */
  readonly bare: Provider;
  /** Microseconds per decision about the request. Throws unless the decision is the expected one. */
  cost(
    providers: readonly Provider[],
    request: SampleRequest,
    expected: { readonly provider?: string; readonly verified?: boolean },
  ): Promise<number>;
}

export async function startMatcher(): Promise<Matcher> {
  const log = createLogger("silent");
  const sandbox = new Sandbox({ processes: 1, log });
  await sandbox.start();
  const folders = { providersDir: resolve("providers"), functionsDir: resolve("functions") };
  const check = sandbox.check.bind(sandbox);
  const deps = { check, propertyNameProblem, lookUp: () => undefined, log };
  const { registry, providers } = await loadRegistry(folders, deps);
  const [first] = registry.providers;
  const source = "export default () => true;\n";
  const draft = { role: "match", filename: "providers/bare/match.ts", source } as const;
  const checked = await sandbox.check({ ...draft, properties: {} });
  if (first === undefined || checked.fault !== undefined)
    throw new HookyardError("sandbox_unusable", "there are no providers to measure");
  const { exports, ...linked } = checked;
  const script = { ...first.script, ...linked, source, filename: draft.filename, modules: {} };
  const bare = {
    ...first,
    when: undefined,
    name: "bare",
    properties: [],
    script,
    exports: new Set(exports),
  };
  return {
    providers,
    bare,
    cost: async (tried, request, expected) => {
      const own = createRegistry(tried, []);
      const { publicUrl } = request;
      const address = { maxBodyBytes: 26_214_400, publicUrl, trustProxy: false };
      const { open: openEvent } = new MessageEvents(address);
      const deps = {
        sandbox,
        registry: () => own,
        secretHeaders: DECLARED_HEADERS,
        openEvent,
        unverified: "accept" as const,
        log,
      };
      const message = messageOf(request);
      return meanCost(async () => {
        const decision = await decide(message, deps);
        const provider = decision.kind === "unmatched" ? undefined : decision.provider;
        const verified = decision.kind !== "unmatched" && decision.verification.result === "ok";
        if (provider === expected.provider && verified === (expected.verified ?? false)) return;
        const detail = `the benchmark found ${provider} (${verified}), expected ${expected.provider} (${expected.verified})`;
        throw new HookyardError("internal", detail);
      });
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

async function meanCost(call: () => Promise<void>): Promise<number> {
  // The first call loads the set of scripts.
  for (let at = 0; at < 2; at++) await call();
  let calls = 0;
  const startedAt = performance.now();
  const lane = async () => {
    while (performance.now() - startedAt < BATCH_MS) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return ((performance.now() - startedAt) * 1000) / calls;
}

/** The provider with these values, active even if it ships inactive. */
export const configured = (provider: Provider, values: PropertyValues): Provider => ({
  ...provider,
  active: true,
  properties: provider.properties.map((one) => ({
    ...one,
    values: [values[one.name] ?? []].flat(),
  })),
});
