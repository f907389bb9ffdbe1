/** A store on its own file, and messages for it. Times and ids are fixed, so that two runs write equal rows. */
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Decision, OwedFunction } from "../../../src/model/decision.ts";
import type { Message } from "../../../src/model/message.ts";
import type { Outcome } from "../../../src/model/outcome.ts";
import type { RetryPolicy } from "../../../src/model/retry.ts";
import type { EndedOf } from "../../../src/store/executions/execution-table.ts";
import { tempFolder } from "../../support/temp-folder.ts";

export interface DatabaseFolder extends Disposable {
  /** A new path for a database at each call. */
  newPath(): string;
}

export function databaseFolder(): DatabaseFolder {
  const folder = tempFolder().path;
  let count = 0;
  return {
    newPath: () => join(folder, `${count++}.db`),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The files that a killed process leaves: a copy of their current content. */
export function copyAsAfterKill(path: string, target: string): void {
  copyFileSync(path, target);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${target}-wal`);
}

const TABLES = ["message", "content", "execution", "attempt", "delivery", "kv"] as const;

/** The committed rows, as another process reads them. */
export function committedRows(path: string): Readonly<Record<string, readonly unknown[]>> {
  const sqlite = new Database(path, { readonly: true });
  try {
    return Object.fromEntries(
      TABLES.map((table) => [table, sqlite.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()]),
    );
  } finally {
    sqlite.close();
  }
}

export const RETRY: RetryPolicy = {
  maxAttempts: 3,
  backoffMs: 1000,
  factor: 2,
  maxBackoffMs: 10_000,
};

export const owed = (name: string, order?: number): OwedFunction => ({
  name,
  version: "v1",
  params: {},
  retry: RETRY,
  ...(order === undefined ? {} : { order }),
});

/** Executions that may run at once are claimed when they are stored, and none has ended. */
export const AT_ONCE: EndedOf = () => undefined;

export const messageOf = (id: string, now: number, body = "body"): Message => ({
  id,
  receivedAt: now,
  method: "POST",
  uri: "x",
  basePath: "/webhooks/v1",
  path: "/webhooks/v1/x",
  queryString: "",
  headers: [["Host", "localhost"]],
  body: Buffer.from(body),
  remoteAddress: "127.0.0.1",
  sync: false,
});

export const DEDUPE_SECONDS = 60;

export const acceptedAs = (
  deliveryId: string,
  functions: readonly [OwedFunction, ...OwedFunction[]],
): Decision => ({
  kind: "accepted",
  trace: [],
  provider: "sender",
  verification: { mode: "off", result: "skipped" },
  deliveryId,
  dedupeSeconds: DEDUPE_SECONDS,
  sync: false,
  acceptStatus: 202,
  functions,
});

const said = { logs: [], durationMs: 1, message: "said" } as const;
const failure = { kind: "SCRIPT_ERROR", name: "Error", message: "broken" } as const;

/** Each way in which an attempt can end. */
export const OUTCOMES = {
  success: { ...said, kind: "success", result: "1" },
  filtered: { ...said, kind: "filtered", reason: "nothing to do" },
  failure: { ...said, kind: "failure", failure, fatal: false },
  fatal: { ...said, kind: "failure", failure, fatal: true },
  interrupted: { kind: "interrupted", begun: true, logs: [], durationMs: 0 },
  "not begun": { kind: "interrupted", begun: false, logs: [], durationMs: 0 },
} as const satisfies Readonly<Record<string, Outcome>>;
export type OutcomeName = keyof typeof OUTCOMES;
