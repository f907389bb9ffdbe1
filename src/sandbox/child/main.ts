/**
 * A sandbox child: the only place where user code runs. It holds no secret but the properties of the scripts it was
 * given, has no environment, no files and no database, and ends when main does. One thread: entries into isolates
 * are synchronous, so only one script uses the CPU at a time and the mark says which.
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { bytesToText } from "../../model/text-codec.ts";
import { type Frame, FrameReader } from "../wire/frames.ts";
import type { CheckReport, ToChild } from "../wire/protocol.ts";
import { makeFault } from "./fault.ts";
import { FunctionSeats } from "./function-seats.ts";
import { GuestContext } from "./guest-context.ts";
import { maskOf } from "./mask.ts";
import { MatchScripts } from "./match-scripts.ts";
import { Outbox } from "./outbox.ts";
import { ScriptRequest } from "./request.ts";
import { type GuestCode, isolatesMade, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";

const STDERR_FD = 2;
const PIPE_FD = 3;
/** Main is trusted: the bound only keeps a broken stream from filling the memory. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;
const CHECK_MEMORY_MB = 64;
/** How often a script is loaded while the machine gives it no time. */
const MAX_LOADS = 3;
const TIDY_EVERY_MS = 60_000;
/** The process is replaced then: V8 keeps a little of each. */
const MAX_ISOLATES = 1000;

const pipe = new Socket({ fd: PIPE_FD, readable: true, writable: true });
const reader = new FrameReader(MAX_FRAME_BYTES);
const EMPTY = Buffer.alloc(0);
const outbox = new Outbox(pipe);
const { send } = outbox;
const endSelf = () => process.kill(process.pid, "SIGKILL");

let guest: GuestCode = {};
const onDropped = (count: number) => send({ type: "dropped", count });
let functions = new FunctionSeats(guest, outbox);
let matchScripts = new MatchScripts({ guest, onDropped });
let isRetiring = false;
/** What requests are about. */
let received = new ScriptRequest({ parts: [], judgedAt: 0 });

function handle(message: ToChild, parts: readonly Buffer[]): void {
  switch (message.type) {
    case "ping":
      send({ type: "pong" });
      break;
    case "hello":
      send({ type: "hello", id: message.id });
      break;
    case "match-script":
      matchScripts.define(message.key, message.script);
      break;
    case "forget-match-scripts":
      matchScripts.forget(message.keys);
      break;
    case "function":
      functions.define(message.key, message.fn);
      break;
    case "message":
      received = new ScriptRequest({ ...message, parts });
      break;
    case "decide":
      send({
        type: "decided",
        id: message.id,
        ...matchScripts.decide(message, received.head(parts[0]), received),
      });
      break;
    case "run":
      functions.run(message, received.head(parts[0]), received);
      break;
    case "reply":
      functions
        .find(message.id)
        ?.deliver(message.call, JSON.stringify(message.answer), bytesToText(parts[0] ?? EMPTY));
      break;
    case "go":
      functions.find(message.id)?.letCall(message.call);
      break;
    case "stop":
      functions.find(message.id)?.timeOut();
      break;
    case "discard":
      functions.discard(message.id, message.key);
      break;
    case "check":
      send({ type: "checked", id: message.id, report: check(message) });
      break;
  }
}

/** Loads a script into an isolate of its own, to see whether it can be used and what it exports. */
function check(request: Extract<ToChild, { type: "check" }>, loads = 1): CheckReport {
  const { id, role, script } = request;
  const runner = role === "match" ? "match-runner.ts" : "function-runner.ts";
  const isolate = new ScriptIsolate(guest, CHECK_MEMORY_MB);
  try {
    const context = new GuestContext(isolate, runner, { onPost: () => undefined });
    const loaded = context.load(script, scriptSpec(script), { id });
    if (!("kind" in loaded)) return { exports: [...loaded.exports] };
    if (loaded.starved && loads < MAX_LOADS) return check(request, loads + 1);
    return { exports: [], fault: makeFault(loaded.kind, loaded.thrown, script, maskOf()) };
  } finally {
    isolate.dispose();
  }
}

function receive({ head, parts }: Frame): void {
  // Main wrote it with the same type; only what comes *from* a child is distrusted.
  handle(head as ToChild, parts);
}

function retireWhenWorn(): void {
  if (isRetiring || isolatesMade() < MAX_ISOLATES) return;
  isRetiring = true;
  send({ type: "retire" });
}

/** `code`: what runs inside isolates around every script. */
export function start(code: GuestCode): void {
  guest = code;
  functions = new FunctionSeats(guest, outbox);
  matchScripts = new MatchScripts({ guest, onDropped });
  pipe.on("data", (chunk) => {
    for (const frame of reader.push(chunk)) {
      receive(frame);
      outbox.flushLate();
      retireWhenWorn();
    }
  });
  pipe.on("close", endSelf);
  pipe.on("error", endSelf);
  setInterval(() => {
    functions.tidy();
    matchScripts.tidy();
  }, TIDY_EVERY_MS);
  // A rejection that reaches the process cannot be told to belong to anyone: the process is not used again.
  for (const event of ["unhandledRejection", "uncaughtException"])
    process.on(event, (error: unknown) => {
      writeSync(STDERR_FD, error instanceof Error ? `${error.stack}` : "something was thrown");
      endSelf();
    });
  send({ type: "ready" });
  outbox.flush();
}
