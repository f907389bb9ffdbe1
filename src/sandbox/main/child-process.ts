/** Main's handle on one sandbox child: starts it, talks to it, watches it, ends it. */
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
import { ChildHoldings } from "./child-holdings.ts";

const MAX_STDERR = 4096;
/** All that is asked of an answer nobody can believe: whose it is. */
const idSchema = z.object({ id: z.int() });

/** Whose the frame is, so that nobody else is suspected. */
function culpritOf({ beginning }: FrameError): number | undefined {
  const id = /^\{"type":"\w+","id":(\d{1,15})[,}]/.exec(beginning)?.[1];
  return id === undefined ? undefined : Number(id);
}

const SOURCES = fileURLToPath(new URL("../", import.meta.url));
/** Where packages are installed, as Node looks for them and as a link may lead there. The child may read nothing else. */
const PACKAGES = [
  join(SOURCES, "../../node_modules"),
  dirname(dirname(fileURLToPath(import.meta.resolve("isolated-vm/package.json")))),
];

const FLAGS = [
  // isolated-vm crashes, rarely and far from here, when Node shares its read-only heap with it.
  "--no-node-snapshot",
  "--permission",
  "--allow-addons",
  `--allow-fs-read=${SOURCES}`,
  ...PACKAGES.map((folder) => `--allow-fs-read=${folder}`),
  "--allow-fs-read=/etc/alpine-release",
  "--disable-warning=ExperimentalWarning",
  "--disable-warning=SecurityWarning",
  // Threads that help to clear a young generation of a megabyte cost more than all that is in it.
  "--no-parallel-scavenge",
  // An isolate of 64 MB would get half of it, which is full after some ten runs. With more, a script that fills its heap is
  // stopped later.
  "--min-semi-space-size=1",
  "--max-semi-space-size=1",
];

/**
 * A core file would hold the properties of scripts, and fill the disk. The shell is replaced by the child itself, which
 * gets none of the variables that shells make.
 */
const NO_CORE_FILES = 'ulimit -c 0; exec env -i "$0" "$@" -';

/** A limit is the fault of the script that was running; the others are nobody's. */
export type KillReason =
  | LimitKind
  | "MEMORY_LIMIT"
  | "unresponsive"
  | "protocol"
  /** Too large as a whole, with no script to blame for it. */
  | "bloated"
  | "recycled"
  | "stopping";

/** What a child says while it lives, beside being ready and well. */
export type ChildWord = Exclude<FromChild, { type: "ready" | "pong" }>;

export interface ChildEvents {
  readonly onMessage: (message: ChildWord) => void;
  readonly onReady: () => void;
  /** The process is gone and everything it said has been heard. */
  readonly onExit: (exit: ChildExit) => void;
}

export interface ChildExit {
  /** What the child was doing when it ended. */
  readonly mark: EntryMark;
  /** Why main killed it; undefined when it ended by itself. */
  readonly reason: KillReason | undefined;
  /** The request whose answer could not be believed, or that could not be stopped. */
  readonly culprit: number | undefined;
  readonly wasReady: boolean;
  /** What it wrote, which is nothing unless it could not start or broke: never the words of a script. */
  readonly stderr: string;
}

export interface ChildOptions {
  /** As the operating system counts it: 0 is like everybody, 19 runs when nobody else wants to. */
  readonly niceness?: number | undefined;
  /** Where large bodies are kept for the child, in a file without a name. */
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
  /** Large bodies it has been given. */
  readonly bodies: BodyFile;
  readonly holds = new ChildHoldings((message, parts) => this.send(message, parts));
  #stderr = "";
  #reason: KillReason | undefined;
  #ready = false;
  #culprit: number | undefined;
  /** When it was last heard of, in milliseconds of `performance.now`. */
  heardAt = performance.now();

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
    // A child that is gone is reported by `close`, once, with the reason.
    this.#pipe.on("error", () => undefined);
    this.#process.on("error", (error) => {
      this.#stderr += error.message;
    });
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      if (this.#stderr.length < MAX_STDERR) this.#stderr += chunk.toString("utf8");
    });
    this.#process.on("close", () => this.#close());
  }

  /** It has started and can run scripts; work given to it before that waits in the pipe. */
  get isReady(): boolean {
    return this.#ready;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Frames of one turn leave in one write. `onWritten`: see `FrameWriter.add`. */
  send(message: ToChild, parts?: readonly (Buffer | string)[], onWritten?: () => void): void {
    if (this.#writer.isEmpty) setImmediate(this.#flush);
    this.#writer.add(message, parts, onWritten);
  }

  mark(): EntryMark {
    return readEntryMark(this.#markFd);
  }

  /** SIGKILL: a stuck isolate can make an orderly exit hang. */
  kill(reason: KillReason, culprit?: number): void {
    this.#reason ??= reason;
    this.#culprit ??= culprit;
    this.#process.kill("SIGKILL");
  }

  #receive(chunk: Buffer): void {
    this.heardAt = performance.now();
    try {
      for (const { head } of this.#reader.push(chunk)) this.#hear(head);
    } catch (error) {
      this.kill("protocol", error instanceof FrameError ? culpritOf(error) : undefined);
    }
  }

  #hear(head: unknown): void {
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

/** At once: a thread has the niceness of the one that started it. A system that does not allow it has a child like any other. */
function beNice(pid: number | undefined, niceness: number): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // It is gone already, which its events tell, or may not be slowed down, which nobody has to know.
  }
}

/** A file nobody else can open: it is gone from its folder before the child starts. */
function openMark(): number {
  const folder = mkdtempSync(join(tmpdir(), "hookyard-"));
  const fd = openSync(join(folder, "mark"), "w+", 0o600);
  rmSync(folder, { recursive: true });
  writeEntryMark(fd, NO_ENTRY);
  return fd;
}
