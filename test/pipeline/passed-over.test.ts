/** A request that does not meet the `when` of a provider never reaches its script, and the trace says why. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MessageEvents } from "../../src/decoding/message-events.ts";
import { createLogger } from "../../src/logger.ts";
import type { Provider } from "../../src/model/definition.ts";
import type { Message } from "../../src/model/message.ts";
import { newMessageId } from "../../src/model/message-id.ts";
import type { When } from "../../src/model/when.ts";
import { allMatches } from "../../src/pipeline/match/all-matches.ts";
import { decide } from "../../src/pipeline/match/decide.ts";
import { loadRegistry } from "../../src/registry/load-registry.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { DECLARED_HEADERS } from "../../src/registry/secret-headers.ts";
import { Sandbox } from "../../src/sandbox/main/sandbox.ts";
import { propertyNameProblem } from "../../src/sandbox/script/script.ts";
import { tempFolder } from "../support/temp-folder.ts";

const log = createLogger("silent");

const messageOf = (
  method: string,
  uri: string,
  headers: Message["headers"],
  body = "{}",
): Message => ({
  id: newMessageId(Date.now()),
  receivedAt: Date.now(),
  method,
  uri,
  basePath: "/webhooks/v1",
  path: `/webhooks/v1/${uri}`,
  queryString: "",
  headers,
  body: Buffer.from(body),
  remoteAddress: "127.0.0.1",
  sync: false,
});

/** A provider whose script matches every second message. */
async function madeProvider(sandbox: Sandbox): Promise<Provider> {
  using folder = tempFolder();
  const own = join(folder.path, "providers", "acme");
  mkdirSync(own, { recursive: true });
  mkdirSync(join(folder.path, "functions"));
  writeFileSync(join(own, "provider.json"), JSON.stringify({ name: "acme", priority: 1 }));
  const script = 'export default ({ method, headers }) => method === "POST" || "b" in headers;\n';
  writeFileSync(join(own, "match.ts"), script);
  const folders = {
    providersDir: join(folder.path, "providers"),
    functionsDir: join(folder.path, "functions"),
  };
  const check = sandbox.check.bind(sandbox);
  const around = { check, propertyNameProblem, lookUp: () => undefined, log };
  const { providers } = await loadRegistry(folders, around);
  const [provider] = providers;
  if (provider === undefined) throw new Error("the provider was not loaded");
  return provider;
}

const settingOf = (sandbox: Sandbox, ...providers: readonly Provider[]) => {
  const registry = createRegistry(providers, []);
  const bounds = { maxBodyBytes: 1000, publicUrl: undefined, trustProxy: false };
  const openEvent = new MessageEvents(bounds).open;
  return {
    sandbox,
    registry: () => registry,
    secretHeaders: DECLARED_HEADERS,
    log,
    openEvent,
    unverified: "accept" as const,
  };
};

const METHODS = ["GET", "POST", "PUT"];
const NAMES = ["a", "b", "X-C"];
const URIS = ["git/push", "git/a/b", "", "other"];
const BODIES = ['{"a":1}', '{"b":{"a":2},"c":[]}', '{"a":"}","b":[{}]}', "[]", "text"];
const PATTERNS = ["git/**", "*/*", "**", "other", "**/b"];

/** A plain second implementation of `when`, for comparison. */
function meets(when: When, message: Message): boolean {
  return [when]
    .flat()
    .some(({ method, headers = {}, uri, maxBodyBytes = 1e9, payloadKeys = [] }) => {
      const isThere = (name: string) =>
        message.headers.some(([sent]) => sent.toLowerCase() === name.toLowerCase());
      const fits = {
        "git/**": /^git(\/|$)/,
        "*/*": /^[^/]+\/[^/]+$/,
        "**": /^/,
        other: /^other$/,
        "**/b": /(^|\/)b$/,
      }[uri ?? "**"];
      return (
        (method === undefined || method.includes(message.method)) &&
        Object.entries(headers).every(([name, wanted]) => isThere(name) === wanted) &&
        fits?.test(message.uri) === true &&
        message.body.length <= maxBodyBytes &&
        payloadKeys.every((key) => Object.hasOwn(payloadOf(message), key))
      );
    });
}

function payloadOf({ body }: Message): object {
  const text = body.toString();
  return Object(text === "text" ? text : JSON.parse(text));
}

const condition = fc.record(
  {
    method: fc.subarray(METHODS, { minLength: 1 }),
    headers: fc.dictionary(fc.constantFrom(...NAMES), fc.boolean(), { minKeys: 1 }),
    uri: fc.constantFrom(...PATTERNS),
    maxBodyBytes: fc.integer({ min: 0, max: 20 }),
    payloadKeys: fc.subarray(["a", "b", "c"], { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const anyWhen = fc.oneof(condition, fc.array(condition, { minLength: 1, maxLength: 3 }));
const anyMessage = fc
  .record({
    method: fc.constantFrom(...METHODS),
    uri: fc.constantFrom(...URIS),
    headers: fc.array(fc.tuple(fc.constantFrom("A", "b", "B", "x-c"), fc.constant("1"))),
    body: fc.constantFrom(...BODIES),
  })
  .map(({ method, uri, headers, body }) => messageOf(method, uri, headers, body));

test("a provider with `when` matches exactly the requests that meet it and that its script matches", async () => {
  await using sandbox = new Sandbox({ processes: 1, log });
  await sandbox.start();
  const provider = await madeProvider(sandbox);
  const plain = settingOf(sandbox, provider);
  await fc.assert(
    fc.asyncProperty(anyWhen, anyMessage, async (when, message) => {
      const choosy = settingOf(sandbox, { ...provider, when });
      const without = await decide(message, plain);
      const decision = await decide({ ...message }, choosy);
      const isMet = meets(when, message);
      expect(decision.kind).toBe(isMet ? without.kind : "unmatched");
      expect(decision.trace[0]?.passedOver === undefined).toBe(isMet);
      const { providers } = await allMatches({ ...message }, choosy);
      expect(providers).toEqual(isMet && without.kind !== "unmatched" ? ["acme"] : []);
    }),
    { numRuns: 300 },
  );
});

test("no sandbox process is started when every provider is skipped", async () => {
  await using loader = new Sandbox({ processes: 1, log });
  await loader.start();
  const provider = { ...(await madeProvider(loader)), when: { headers: { "x-acme": true } } };
  const others = Array.from({ length: 99 }, (_, n) => ({ ...provider, name: `acme-${n}` }));
  await using sandbox = new Sandbox({ processes: 1, log });
  const setting = settingOf(sandbox, provider, ...others);
  const message = messageOf("POST", "x", [["X-Other", "1"]]);
  const decision = await decide(message, setting);
  expect(decision.kind).toBe("unmatched");
  expect(decision.trace).toHaveLength(100);
  for (const entry of decision.trace)
    expect(entry).toMatchObject({
      matched: false,
      durationMs: 0,
      passedOver: "no header x-acme",
      version: provider.script.version,
    });
  expect(await allMatches(message, setting)).toEqual({ providers: [], faults: [] });
  expect(sandbox.pids).toEqual([]);
});
