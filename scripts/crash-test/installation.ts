/** What the server under test has installed: one provider, and functions that end in every way there is. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const TOKEN = "a-token-for-the-crash-test";
export const PROVIDER = "sender";

const RETRY = { maxAttempts: 20, backoffMs: 50, factor: 1.5, maxBackoffMs: 1000 };

/** Tells the sink that it ran, and on which bytes. */
const NOTE = `const note = async (event, ctx) => {
  const digest = ctx.crypto.hash("sha256", event.rawBody);
  const answer = await ctx.http.fetch(SINK, {
    method: "POST",
    body: JSON.stringify({ key: ctx.idempotencyKey, delivery: event.deliveryId, digest }),
  });
  if (!answer.ok) throw new Error("the sink answered " + answer.status);
};
`;

export interface InstalledFunction {
  readonly uri: string;
  /** How it ends on every message. */
  readonly ends: "SUCCESS" | "FAILED" | "FILTERED";
  /** Attempts that count, at least and at most. */
  readonly attempts: readonly [least: number, most: number];
  readonly order?: number;
  readonly script: string;
  readonly retry: typeof RETRY;
  /** It tells the sink that it ran. */
  readonly notes: boolean;
}

const one = (uri: string, script: string, more: Partial<InstalledFunction> = {}) => ({
  uri,
  ends: "SUCCESS" as const,
  attempts: [1, RETRY.maxAttempts] as const,
  retry: RETRY,
  notes: script.includes("note("),
  script: `export default async (event, ctx) => { ${script} };\n`,
  ...more,
});

/** With retries where a full disk or a locked database may reach into a run. */
export const FUNCTIONS: Readonly<Record<string, InstalledFunction>> = {
  note: one("**", "await note(event, ctx);"),
  fails: one("fails", 'await note(event, ctx); throw new Error("always");', {
    ends: "FAILED",
    attempts: [3, 3],
    retry: { ...RETRY, maxAttempts: 3 },
  }),
  gives: one("gives", 'throw new ctx.Fatal("no use");', { ends: "FAILED", attempts: [1, 1] }),
  retries: one(
    "retries",
    'if (event.attempt < 3) throw new Error("not yet"); await note(event, ctx);',
    {
      attempts: [3, RETRY.maxAttempts],
    },
  ),
  sleeps: one("sleeps", "await ctx.sleep(Math.random() * 300); await note(event, ctx);"),
  waits: one("waits", 'await ctx.http.fetch(SINK + "slow"); await note(event, ctx);'),
  counts: one("counts", 'await ctx.kv.increment("runs"); await note(event, ctx);'),
  skips: one("skips", 'ctx.skip("nothing to do");', { ends: "FILTERED" }),
  first: one("steps", "await note(event, ctx);", { order: 1 }),
  second: one(
    "steps",
    'await note(event, ctx); if (event.attempt < 2) throw new Error("not yet");',
    {
      order: 2,
      attempts: [2, RETRY.maxAttempts],
    },
  ),
};

/** One for each, and one that only the function for everything has. */
export const URIS: readonly string[] = [
  "plain",
  ...new Set(Object.values(FUNCTIONS).map(({ uri }) => uri)),
].filter((uri) => uri !== "**");

/** The names of the functions a message to a URI is owed. */
export const owedTo = (uri: string): readonly string[] =>
  Object.keys(FUNCTIONS).filter((name) => [uri, "**"].includes(FUNCTIONS[name]?.uri ?? ""));

const MATCH = `export default () => true;
export const deliveryId = (event) => event.headers["x-delivery"];
`;

/** Writes the scripts into `folder`. `sink` is the URL the functions post to. */
export function writeInstallation(folder: string, sink: string): void {
  const write = (path: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(join(folder, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
  };
  const provider = { name: PROVIDER, priority: 1, dedupe: 2_592_000 };
  write(`providers/${PROVIDER}`, { "provider.json": JSON.stringify(provider), "match.ts": MATCH });
  const http = { allow: [new URL(sink).origin], privateNetworks: ["127.0.0.0/8"] };
  for (const [name, { uri, order, retry, script }] of Object.entries(FUNCTIONS)) {
    const json = JSON.stringify({ name, provider: PROVIDER, uri, order, retry, http });
    const text = `const SINK = ${JSON.stringify(sink)};\n${NOTE}${script}`;
    write(`functions/${name}`, { "function.json": json, "index.ts": text });
  }
}

export const settings = (folder: string) => ({
  HOOKYARD_PORT: "0",
  HOOKYARD_DATA_DIR: join(folder, "data"),
  HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
  HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
  HOOKYARD_ADMIN_TOKEN: TOKEN,
  HOOKYARD_SYNC_TIMEOUT_MS: "3000",
  // The disk is to be full, not to be kept from it; and who floods here is meant to.
  HOOKYARD_MIN_FREE_DISK_BYTES: "0",
  HOOKYARD_STRANGER_RATE: "0",
  HOOKYARD_LOG_LEVEL: "error",
});
