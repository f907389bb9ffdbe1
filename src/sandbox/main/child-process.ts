/** Main's handle on one sandbox child: starts it, sends and receives messages, kills it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { setPriority, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  type EntryMark,
  type LimitKind,
  NO_ENTRY,
  readEntryMark,
  writeEntryMark,
} from "../wire/entry-mark.ts";
import { FrameWriter } from "../wire/frame-writer.ts";
import { FrameError, FrameReader, MAX_FROM_CHILD_BYTES } from "../wire/frames.ts";
import { type FromChild, fromChildSchema, type ToChild } from "../wire/protocol.ts";
import { BodyFile } from "./body-file.ts";
import { ChildCache } from "./child-cache.ts";

const MAX_STDERR = 4096;
/** The id in an invalid message, which names the request to blame. */
const idSchema = z.object({ id: z.int() });

/** The id of the request that an oversized frame belongs to, so that no other request is blamed. */
function culpritOf({ beginning }: FrameError): number | undefined {
  const id = /^\{"type":"\w+","id":(\d{1,15})[,}]/.exec(beginning)?.[1];
  return id === undefined ? undefined : Number(id);
}

const SOURCES = fileURLToPath(new URL("../", import.meta.url));
/** Where packages are installed, as Node resolves them and where links may point. The child may read no other files. */
const PACKAGES = [
  join(SOURCES, "../../node_modules"),
  dirname(dirname(fileURLToPath(import.meta.resolve("isolated-vm/package.json")))),
];

const FLAGS = [
  // isolated-vm rarely crashes, at an unrelated place, if Node shares its read-only heap with it.
  "--no-node-snapshot",
  "--permission",
  "--allow-addons",
  `--allow-fs-read=${SOURCES}`,
  ...PACKAGES.map((folder) => `--allow-fs-read=${folder}`),
  "--allow-fs-read=/etc/alpine-release",
  "--disable-warning=ExperimentalWarning",
  "--disable-warning=SecurityWarning",
  // Helper threads for a young generation of one megabyte cost more than they save.
  "--no-parallel-scavenge",
  // By default an isolate of 64 MB gets half of it as young generation, and is full after some ten runs. With a
  // larger young generation, a script that fills its heap is stopped later.
  "--min-semi-space-size=1",
  "--max-semi-space-size=1",
];

/**
 * No core files: they would contain the properties of scripts, and fill the disk. `exec` replaces the shell by the
 * child, and `env -i` drops the variables that shells set.
 */
const NO_CORE_FILES = 'ulimit -c 0; exec env -i "$0" "$@" -';

/** A limit is the fault of the running script; for the other reasons no script is blamed. */
export type KillReason =
  | LimitKind
  | "MEMORY_LIMIT"
  | "unresponsive"
  | "protocol"
  /** The process as a whole is too large, and no single script is to blame. */
  | "bloated"
  | "recycled"
  | "stopping";

/** The messages of a child that concern its requests or the pool. */
export type PoolMessage = Exclude<FromChild, { type: "ready" | "pong" }>;

export interface ChildEvents {
  readonly onMessage: (message: PoolMessage) => void;
  readonly onReady: () => void;
  /** The process has ended and all its messages were handled. */
  readonly onExit: (exit: ChildExit) => void;
}

export interface ChildExit {
  /** The entry mark at the end. */
  readonly mark: EntryMark;
  /** Why main killed it; undefined if it ended by itself. */
  readonly reason: KillReason | undefined;
  /** The request that sent an invalid report or could not be stopped. */
  readonly culprit: number | undefined;
  readonly wasReady: boolean;
  /** Its standard error: empty, unless it failed to start or crashed. Scripts cannot write to it. */
  readonly stderr: string;
}

export interface ChildOptions {
  /** The niceness of the operating system: 0 is the default, 19 the lowest priority. */
  readonly niceness?: number | undefined;
  /** The folder of the body file. */
  readonly bodiesFolder: string;
}

export class SandboxChild {
  readonly #process: ChildProcess;
  readonly #pipe: Socket;
  readonly #markFd: number;
  readonly #events: ChildEvents;
  readonly #reader = new FrameReader(MAX_FROM_CHILD_BYTES);
  readonly #writer: FrameWriter;
  readonly #flush = () => this.#writer.flush();
  /** Large bodies that were sent to the child. */
  readonly bodies: BodyFile;
  readonly cache = new ChildCache((message, parts) => this.send(message, parts));
  #stderr = "";
  #reason: KillReason | undefined;
  #ready = false;
  #culprit: number | undefined;
  /** When its last message arrived, in milliseconds of `performance.now`. */
  lastMessageAt = performance.now();

  constructor(program: Buffer, events: ChildEvents, { niceness = 0, bodiesFolder }: ChildOptions) {
    this.#events = events;
    this.#markFd = openMark();
    this.bodies = new BodyFile(bodiesFolder);
    this.#process = spawn("/bin/sh", ["-c", NO_CORE_FILES, process.execPath, ...FLAGS], {
      env: {},
      stdio: ["pipe", "ignore", "pipe", "pipe", this.#markFd, this.bodies.childFd],
    });
    this.bodies.closeChildFd();
    if (niceness > 0) beNice(this.#process.pid, niceness);
    const pipe = this.#process.stdio[3];
    if (!(pipe instanceof Socket))
      throw new TypeError("the pipe to the sandbox child is not a socket");
    this.#writer = new FrameWriter(pipe);
    this.#pipe = pipe;
    this.#pipe.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#process.stdin?.on("error", () => undefined).end(program);
    // The end of a child is reported once, by `close`, with the reason.
    this.#pipe.on("error", () => undefined);
    this.#process.on("error", (error) => {
      this.#stderr += error.message;
    });
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      if (this.#stderr.length < MAX_STDERR) this.#stderr += chunk.toString("utf8");
    });
    this.#process.on("close", () => this.#close());
  }

  /** True once the child can run scripts. Messages sent before that wait in the pipe. */
  get isReady(): boolean {
    return this.#ready;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The frames of one turn of the event loop leave in one write. `onWritten`: see `FrameWriter.add`. */
  send(message: ToChild, parts?: readonly (Buffer | string)[], onWritten?: () => void): void {
    if (this.#writer.isEmpty) setImmediate(this.#flush);
    this.#writer.add(message, parts, onWritten);
  }

  mark(): EntryMark {
    return readEntryMark(this.#markFd);
  }

  /** Uses SIGKILL, since a stuck isolate can block an orderly exit. */
  kill(reason: KillReason, culprit?: number): void {
    this.#reason ??= reason;
    this.#culprit ??= culprit;
    this.#process.kill("SIGKILL");
  }

  #receive(chunk: Buffer): void {
    this.lastMessageAt = performance.now();
    try {
      for (const { head } of this.#reader.push(chunk)) this.#onMessage(head);
    } catch (error) {
      this.kill("protocol", error instanceof FrameError ? culpritOf(error) : undefined);
    }
  }

  #onMessage(head: unknown): void {
    const parsed = fromChildSchema.safeParse(head);
    if (!parsed.success) {
      this.#culprit ??= idSchema.safeParse(head).data?.id;
      this.kill("protocol");
    } else if (parsed.data.type === "ready") {
      this.#ready = true;
      this.#events.onReady();
    } else if (parsed.data.type !== "pong") this.#events.onMessage(parsed.data);
  }

  #close(): void {
    const mark = readEntryMark(this.#markFd);
    closeSync(this.#markFd);
    this.bodies[Symbol.dispose]();
    this.#events.onExit({
      mark,
      reason: this.#reason,
      culprit: this.#culprit,
      wasReady: this.#ready,
      stderr: this.#stderr,
    });
  }
}

/**
 * Lowers the priority right after the start: new threads inherit it. If the system does not allow it, the child keeps
 * the normal priority.
 */
function beNice(pid: number | undefined, niceness: number): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // The process has ended, which `close` reports, or the system does not allow it.
  }
}

/** Creates the file of the entry mark and unlinks it before the child starts, so that no other process can open it. */
function openMark(): number {
  const folder = mkdtempSync(join(tmpdir(), "hookyard-"));
  const fd = openSync(join(folder, "mark"), "w+", 0o600);
  rmSync(folder, { recursive: true });
  writeEntryMark(fd, NO_ENTRY);
  return fd;
}
