/**
 * Only the sandboxed work of a message: eight match functions and a signature in one isolate, and a read of the payload
 * in each of two more. No limits, logs, traces or error handling. Frames arrive on file descriptor 3.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { Socket } from "node:net";
import ivm from "isolated-vm";
import { encodeHeads, FrameReader } from "../../../src/sandbox/wire/frames.ts";

const MATCH = `
const tests = [];
for (let n = 1; n < 8; n++) tests.push((headers) => headers["x-sender-" + n + "-event"] !== undefined);
tests.push((headers) => headers["x-github-event"] !== undefined);
const decide = (text) => {
  const { headers } = JSON.parse(text);
  const found = tests.findIndex((test) => test(headers));
  return found + (verify(headers["x-hub-signature-256"]) ? 0 : 100);
};
decide`;
const FUNCTION = `
const run = () => {
  const { ref, repository, commits } = JSON.parse(body());
  return commits.length + " commits to " + ref + " of " + repository.full_name;
};
run`;
const MEMORY_MB = 64;
const FUNCTIONS = 2;

const [secret = "", work] = process.argv.slice(2);
const EMPTY = Buffer.alloc(0);
let current: Buffer = EMPTY;

function isSigned(signature: string): boolean {
  const right = Buffer.from(`sha256=${createHmac("sha256", secret).update(current).digest("hex")}`);
  const given = Buffer.from(signature);
  return given.length === right.length && timingSafeEqual(given, right);
}

function load(code: string, callbacks: Readonly<Record<string, (...args: never[]) => unknown>>) {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  const context = isolate.createContextSync();
  for (const [name, callback] of Object.entries(callbacks))
    context.global.setSync(name, new ivm.Callback(callback));
  return isolate.compileScriptSync(code).runSync(context, { reference: true });
}

const decide = load(MATCH, { verify: isSigned });
const functions = Array.from({ length: work === "process" ? FUNCTIONS : 0 }, () =>
  load(FUNCTION, { body: () => current.toString("utf8") }),
);

const pipe = new Socket({ fd: 3, readable: true, writable: true });
const reader = new FrameReader(Number.MAX_SAFE_INTEGER);
pipe.on("data", (chunk) => {
  const answers: string[] = [];
  for (const { head, parts } of reader.push(chunk)) {
    const [event = EMPTY, body = EMPTY] = parts;
    current = body;
    const matched = decide.applySync(undefined, [event.toString("utf8")], { timeout: 100 });
    const said = functions.map((run) => run.applySync(undefined, [], { timeout: 100 }));
    answers.push(JSON.stringify({ id: Object(head).id, matched, said }));
  }
  if (answers.length > 0) pipe.write(encodeHeads(answers));
});
pipe.on("close", () => process.exit());
