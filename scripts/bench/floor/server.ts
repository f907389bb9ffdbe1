/**
 * The minimum for a router with Hookyard's promises: Express reads the body, a separate process does the sandboxed
 * work, and one row is on disk, with many rows per fsync, before the answer. No routing, log, metrics, limits or API.
 */
import { spawn } from "node:child_process";
import { fdatasync, openSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import express from "express";
import { FrameWriter } from "../../../src/sandbox/wire/frame-writer.ts";
import { FrameReader } from "../../../src/sandbox/wire/frames.ts";

const [path = "", secret = "", work = ""] = process.argv.slice(2);
const SANDBOX = fileURLToPath(new URL("sandbox.ts", import.meta.url));

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly answer: () => void;
  outcome: string;
}

const database = new Database(path);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = NORMAL");
database.exec(
  "CREATE TABLE message (id INTEGER PRIMARY KEY, headers TEXT, body BLOB, outcome TEXT)",
);
const insert = database.prepare("INSERT INTO message (headers, body, outcome) VALUES (?, ?, ?)");
const log = openSync(`${path}-wal`, "r");

const store = database.transaction((messages: readonly Received[]) => {
  for (const { headers, body, outcome } of messages)
    insert.run(JSON.stringify(headers), body, outcome);
});

const queue: Received[] = [];
let isBusy = false;

function commit(): void {
  if (isBusy || queue.length === 0) return;
  isBusy = true;
  setImmediate(() => {
    const messages = queue.splice(0);
    store(messages);
    fdatasync(log, (error) => {
      if (error !== null) throw error;
      isBusy = false;
      for (const { answer } of messages) answer();
      commit();
    });
  });
}

/** The flags with which Hookyard starts its children. */
const FLAGS = [
  "--no-node-snapshot",
  "--no-parallel-scavenge",
  "--min-semi-space-size=1",
  "--max-semi-space-size=1",
];
const child = spawn(process.execPath, [...FLAGS, SANDBOX, secret, work], {
  stdio: ["ignore", "ignore", "inherit", "pipe"],
});
child.on("exit", () => process.exit(1));
const pipe = socketOf(child.stdio[3]);
const writer = new FrameWriter(pipe);

function socketOf(stream: unknown): Socket {
  if (!(stream instanceof Socket)) throw new TypeError("the pipe is not a socket");
  return stream;
}

const waiting = new Map<number, Received>();
let lastId = 0;

function send(received: Received): void {
  lastId += 1;
  waiting.set(lastId, received);
  if (writer.isEmpty) setImmediate(() => writer.flush());
  const event = JSON.stringify({ headers: received.headers });
  writer.add({ id: lastId }, [event, received.body]);
}

const reader = new FrameReader(Number.MAX_SAFE_INTEGER);
pipe.on("data", (chunk: Buffer) => {
  for (const { head } of reader.push(chunk)) {
    const { id, matched, said } = Object(head);
    const received = waiting.get(id);
    waiting.delete(id);
    if (received === undefined || matched !== 7) throw new Error(`found ${JSON.stringify(head)}`);
    received.outcome = JSON.stringify(said);
    queue.push(received);
  }
  commit();
});

const http = express().disable("x-powered-by").disable("etag");
http.post("/webhooks/v1/*uri", (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const answer = () => response.status(202).json({ messageId: lastId });
    send({ headers: request.headers, body: Buffer.concat(chunks), answer, outcome: "" });
  });
});

const server = createServer(http).listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("disconnect", () => {
  child.kill();
  process.exit();
});
