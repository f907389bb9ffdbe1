/** `npm run bench -- sandbox`: compares the sandbox with a plain function call and Node's own `vm`, in one run. */
import { tmpdir } from "node:os";
import { createLogger } from "../../../src/logger.ts";
import { Sandbox } from "../../../src/sandbox/main/sandbox.ts";
import { mb, ms, whole } from "../format.ts";
import { describeMachine } from "../machine.ts";
import { type CallCosts, measureCalls, measureRate } from "./calls.ts";
import { measureContext, measureIsolate } from "./waiting.ts";
import { BODY_TEXT, loadableOf, SOURCE } from "./workload.ts";

const AT_ONCE = 32;
const SEATS = 200;
const ISOLATES = 50;

/** One process for matching and one for functions, so that the figures are those of one process. */
const startSandbox = async () => {
  const sandbox = new Sandbox({ processes: 2, log: createLogger("silent") });
  await sandbox.start();
  return sandbox;
};

export async function measureSandbox(rounds: number): Promise<string> {
  const machine = describeMachine(tmpdir());
  await using sandbox = await startSandbox();
  const warm = await loadableOf(sandbox, "push", { source: SOURCE, isolation: "warm" });
  const fresh = await loadableOf(sandbox, "push", { source: SOURCE, isolation: "fresh" });
  const costs = await measureCalls(sandbox, { warm, fresh }, rounds);
  const warmRate = await measureRate(sandbox, warm, AT_ONCE);
  const freshRate = await measureRate(sandbox, fresh, AT_ONCE);
  await using forContexts = await startSandbox();
  const seatBytes = await measureContext(forContexts, SEATS);
  await using forIsolates = await startSandbox();
  const isolateBytes = await measureIsolate(forIsolates, ISOLATES);
  return [
    `- Machine: ${machine.hardware}`,
    `- Versions: ${machine.versions}`,
    `- Date: ${machine.date} UTC`,
    `- Load: a function that reads the parsed payload of a push of ${BODY_TEXT.length} bytes; medians of ${rounds} rounds in which all take turns`,
    "",
    ...callTable(costs, 1e6 / warmRate),
    "",
    `A single call mostly waits until two processes have woken each other up. With ${AT_ONCE} parallel calls, one process makes ${whole(warmRate)} warm calls per second, and ${whole(freshRate)} in fresh isolates.`,
    `A waiting run takes ${mb3(seatBytes)} in an isolate shared with other runs (${SEATS} measured), and ${mb3(isolateBytes)} in its own isolate (${ISOLATES} measured).`,
    "",
  ].join("\n");
}

const mb3 = (bytes: number) => (bytes < 10e6 ? `${ms(bytes / 1e6)} MB` : mb(bytes));

function callTable(costs: CallCosts, warmTogether: number): readonly string[] {
  const row = (what: string, us: number) =>
    `| ${what} | ${ms(us)} | ${ms(us - costs.plain)} | ${(us / costs.plain).toFixed(1)} |`;
  return [
    "| one call, JSON in and out | µs | µs over plain | ratio to plain |",
    "|---|---|---|---|",
    row("plain function call", costs.plain),
    row("Node's `vm`, same context", costs.vmWarm),
    row("Node's `vm`, compiled in a new context", costs.vmFresh),
    row("sandbox, warm, one at a time", costs.warm),
    row(`sandbox, warm, ${AT_ONCE} at once`, warmTogether),
    row("sandbox, fresh isolate, one at a time", costs.fresh),
  ];
}
