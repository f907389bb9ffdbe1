/** A real server on a free port with its own folders and database, stopped and cleaned up with `await using`. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type App, startApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { createLogger, type Logger } from "../../src/logger.ts";
import { ApiDescription } from "./api-description.ts";
import { tempFolder } from "./temp-folder.ts";

export const TOKEN = "a-token-for-tests-only";

export interface ScriptFolder {
  /** The content of provider.json or function.json. `name` is added. */
  readonly json: object;
  readonly script: string;
}

export interface TestAppOptions {
  /** Providers by name. A name without a definition uses the shipped folder. */
  readonly providers?: Readonly<Record<string, ScriptFolder | "shipped">>;
  readonly functions?: Readonly<Record<string, ScriptFolder | "shipped">>;
  /** Settings and secrets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Keeps the folder and the database, so that another server can start on them. */
  readonly folder?: string;
  /** Further files, by path from the folder: `functions/_lib/util.ts`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Without a logger the server logs nothing. */
  readonly log?: Logger;
}

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly folder: string;
  readonly url: string;
  /** Posts to `/webhooks/v1/<uri>`. */
  send(uri: string, init?: RequestInit): Promise<Response>;
  /** Calls the API with the token. Throws when the answer differs from the API's description. */
  api(path: string, init?: RequestInit): Promise<Response>;
  /** Resolves with the message once all its executions have ended. */
  ended(id: string): Promise<MessageView>;
  writeProvider(name: string, folder: ScriptFolder | "shipped"): void;
  writeFunction(name: string, folder: ScriptFolder | "shipped"): void;
  writeFile(path: string, text: string): void;
}

/** The parts of `GET /messages/:id` that tests read. */
export interface MessageView {
  readonly id: string;
  readonly status: string;
  readonly sync: boolean;
  readonly provider: string | null;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  readonly message: string | null;
  readonly duplicateOf: string | null;
  readonly repetitionOf: string | null;
  readonly resubmittedFrom: string | null;
  readonly edited: boolean;
  readonly headers: readonly (readonly [string, string])[];
  readonly verification: {
    readonly mode: string;
    readonly result: string;
    readonly reason?: string;
  } | null;
  readonly trace: readonly {
    readonly provider: string;
    readonly version: string;
    readonly matched: boolean;
    readonly durationMs: number;
    readonly passedOver?: string;
    readonly warning?: string;
    readonly error?: ErrorView;
    readonly logs?: readonly { readonly level: string; readonly text: string }[];
  }[];
  readonly executions: readonly {
    readonly function: string;
    readonly status: string;
    readonly version: string;
    readonly params: Readonly<Record<string, string>>;
    readonly message: string | null;
    readonly result: unknown;
    readonly error: ErrorView | null;
    readonly logs: readonly { readonly level: string; readonly text: string }[];
    readonly attempts: readonly { readonly number: number; readonly outcome: string }[];
  }[];
}

export interface ErrorView {
  readonly causes?: readonly object[];
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly frame?: string;
  readonly stack?: string;
}

function writeInto(root: string, path: string, text: string): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

/** Settings that all servers of a test file share. */
let description: Promise<ApiDescription> | undefined;

const described = async (response: Response) =>
  new ApiDescription((await response.json()) as object);

/** The limit detects hangs. These tests do not measure time. */
const ENDED_WITHIN_MS = 40_000;
const LONGEST_WAIT_MS = 40;

function writeFolder(
  root: string,
  name: string,
  fileName: string,
  folder: ScriptFolder | "shipped",
): void {
  const kind = fileName === "provider.json" ? "providers" : "functions";
  const target = join(root, kind, name);
  if (folder === "shipped") {
    cpSync(join(kind, name), target, { recursive: true });
    return;
  }
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, fileName), JSON.stringify({ name, ...folder.json }));
  writeFileSync(join(target, kind === "providers" ? "match.ts" : "index.ts"), folder.script);
}

/** Starts a server with separate processes for matching and functions and a spare one, like a server on two cores. */
export const startParallelApp = (options: TestAppOptions = {}): Promise<TestApp> =>
  startTestApp({
    ...options,
    environment: { HOOKYARD_SANDBOX_PROCESSES: "2", ...options.environment },
  });

/** Starts a server with one sandbox process for all scripts. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = options.folder ?? tempFolder().path;
  for (const kind of ["providers", "functions"]) mkdirSync(join(folder, kind), { recursive: true });
  for (const [name, one] of Object.entries(options.providers ?? {}))
    writeFolder(folder, name, "provider.json", one);
  for (const [name, one] of Object.entries(options.functions ?? {}))
    writeFolder(folder, name, "function.json", one);
  for (const [path, text] of Object.entries(options.files ?? {})) writeInto(folder, path, text);
  const config = readConfig({
    HOOKYARD_PORT: "0",
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_LOG_LEVEL: "silent",
    // Each process takes a fifth of a second to start, which is most of the time of a test.
    HOOKYARD_SANDBOX_PROCESSES: "1",
    // On a busy machine a decision may take longer than the sender waits, and the answer is 202.
    HOOKYARD_MATCH_TIMEOUT_MS: "20000",
    ...options.environment,
  });
  const app = await startApp(config, options.log ?? createLogger(config.logLevel));
  const url = `http://127.0.0.1:${app.port}`;
  const api = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${TOKEN}`);
    const response = await fetch(`${url}/api/v1${path}`, { ...init, headers });
    description ??= fetch(`${url}/api/v1/openapi.json`).then(described);
    await (await description).check(init.method ?? "GET", new URL(response.url).pathname, response);
    return response;
  };
  const ended = async (id: string): Promise<MessageView> => {
    const giveUpAt = Date.now() + ENDED_WITHIN_MS;
    // The view of a large message is expensive, so a slow one is requested less often.
    for (let waitMs = 5; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      const response = await api(`/messages/${id}`);
      const view = (await response.json()) as MessageView;
      if (response.ok && view.status !== "PENDING") return view;
      if (Date.now() > giveUpAt)
        throw new Error(`message ${id} has not ended: ${JSON.stringify(view)}`);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  };
  return {
    app,
    folder,
    url,
    send: (uri, init) => fetch(`${url}/webhooks/v1/${uri}`, { method: "POST", ...init }),
    api,
    ended,
    writeProvider: (name, one) => writeFolder(folder, name, "provider.json", one),
    writeFunction: (name, one) => writeFolder(folder, name, "function.json", one),
    writeFile: (path, text) => writeInto(folder, path, text),
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The id in an answer's JSON body. */
export async function idIn(response: Response): Promise<string> {
  const { messageId } = (await response.json()) as { messageId: string };
  return messageId;
}

/** The header that makes the call synchronous. */
export const SYNC = { headers: { "flex-sync-webhook": "true" } };

/** Sends, waits for the functions, and returns the message. */
export const sendSync = async (
  app: TestApp,
  uri: string,
  {
    headers,
    ...init
  }: Omit<RequestInit, "headers"> & {
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
) =>
  app.ended(await idIn(await app.send(uri, { ...init, headers: { ...SYNC.headers, ...headers } })));

/** A provider that matches everything, for tests about other features. */
export const ANYTHING: ScriptFolder = {
  json: { priority: 1 },
  script: "export default () => true;\n",
};

/** A function of `ANYTHING`, registered as `anything`, for a URI. */
export const fn = (uri: string, script: string, json: object = {}): ScriptFolder => ({
  json: { provider: "anything", uri, ...json },
  script,
});
