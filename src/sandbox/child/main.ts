/**
 * A sandbox child: the only process that runs user code. It holds no secrets but the properties of its scripts; it
 * has no environment, no files and no database; it ends when main does. It has one thread and enters isolates
 * synchronously, so only one script runs at a time, and the entry mark says which.
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { bytesToText } from "../../model/text-codec.ts";
import { type Frame, FrameReader } from "../wire/frames.ts";
import type { CheckReport, ToChild } from "../wire/protocol.ts";
import { makeFault } from "./fault.ts";
import { FunctionSlots } from "./function-slots.ts";
import { GuestContext } from "./guest-context.ts";
import { maskOf } from "./mask.ts";
import { MatchScripts } from "./match-scripts.ts";
import { Outbox } from "./outbox.ts";
import { ScriptRequest } from "./request.ts";
import { type GuestCode, isolatesMade, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";

const STDERR_FD = 2;
const PIPE_FD = 3;
/** Main is trusted; the bound only keeps a broken stream from filling the memory. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;
const CHECK_MEMORY_MB = 64;
/** How often a check is repeated when the machine gave it too little CPU time. */
const MAX_LOADS = 3;
const TIDY_EVERY_MS = 60_000;
/** After this many isolates the process is replaced: V8 leaks a little memory for each. */
const MAX_ISOLATES = 1000;

const pipe = new Socket({ fd: PIPE_FD, readable: true, writable: true });
const reader = new FrameReader(MAX_FRAME_BYTES);
const EMPTY = Buffer.alloc(0);
const outbox = new Outbox(pipe);
const { send } = outbox;
const endSelf = () => process.kill(process.pid, "SIGKILL");

let guest: GuestCode = {};
const onDropped = (count: number) => send({ type: "dropped", count });
let functions = new FunctionSlots(guest, outbox);
let matchScripts = new MatchScripts({ guest, onDropped });
let isRetiring = false;
/** The message that the following requests are about. */
let current = new ScriptRequest({ parts: [], judgedAt: 0 });

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
      current = new ScriptRequest({ ...message, parts });
      break;
    case "decide":
      send({
        type: "decided",
        id: message.id,
        ...matchScripts.decide(message, current.head(parts[0]), current),
      });
      break;
    case "run":
      functions.run(message, current.head(parts[0]), current);
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

/** Loads a script into a new isolate to see whether it loads and what it exports. */
function check(request: Extract<ToChild, { type: "check" }>, loads = 1): CheckReport {
  const { id, role, script } = request;
  const runner = role === "match" ? "match-runner.ts" : "function-runner.ts";
  const isolate = new ScriptIsolate(guest, CHECK_MEMORY_MB);
  try {
    const context = new GuestContext(isolate, runner, { onPost: () => undefined });
    const loaded = context.load(script, scriptSpec(script), { id, isCheck: true });
    if (!("kind" in loaded)) return { exports: [...loaded.exports] };
    if (loaded.starved && loads < MAX_LOADS) return check(request, loads + 1);
    return { exports: [], fault: makeFault(loaded.kind, loaded.thrown, script, maskOf()) };
  } finally {
    isolate.dispose();
  }
}

function receive({ head, parts }: Frame): void {
  // Main is trusted, so its messages are not validated; only messages *from* a child are.
  handle(head as ToChild, parts);
}

function retireWhenWorn(): void {
  if (isRetiring || isolatesMade() < MAX_ISOLATES) return;
  isRetiring = true;
  send({ type: "retire" });
}

/** `code`: the guest, which runs in every isolate around the scripts. */
export function start(code: GuestCode): void {
  guest = code;
  functions = new FunctionSlots(guest, outbox);
  matchScripts = new MatchScripts({ guest, onDropped });
  pipe.on("data", (chunk) => {
    for (const frame of reader.push(chunk)) {
      receive(frame);
      outbox.flushIfLate();
      retireWhenWorn();
    }
  });
  pipe.on("close", endSelf);
  pipe.on("error", endSelf);
  setInterval(() => {
    functions.tidy();
    matchScripts.tidy();
  }, TIDY_EVERY_MS);
  // An unhandled error cannot be assigned to a run, so the process ends.
  for (const event of ["unhandledRejection", "uncaughtException"])
    process.on(event, (error: unknown) => {
      writeSync(
        STDERR_FD,
        error instanceof Error ? `${error.stack}` : "a value that is not an Error was thrown",
      );
      endSelf();
    });
  send({ type: "ready" });
  outbox.flush();
}
