/** The match scripts of all providers in one isolate, asked about one message in one crossing. */

import { STEPS } from "../guest/match-steps.ts";
import type { ChildProvider, DecideRequest, Fault, LogEntry, MatchReport } from "../protocol.ts";
import { makeFault } from "./fault.ts";
import { type EntryFailure, type GuestCode, GuestIsolate } from "./guest-isolate.ts";
import { createMask, type Mask } from "./mask.ts";
import type { ScriptRequest } from "./request.ts";
import { scriptSpec } from "./script-spec.ts";

/** The chain as a whole; one script may use all of it, once: then it is left out and the rest is asked again. */
const CHAIN_TIMEOUT_MS = 100;
const CHAIN_BUDGET_MS = 500;
const MEMORY_MB = 128;
const MAX_LOGS = 100;

export class MatchSet {
  readonly #guest: GuestCode;
  readonly #providers: readonly ChildProvider[];
  readonly #mask: Mask;
  #isolate: GuestIsolate | undefined;
  #step = 0;
  #careful = false;
  #done: string | undefined;
  #logs: { step: number; entry: LogEntry }[] = [];

  constructor(guest: GuestCode, providers: readonly ChildProvider[]) {
    this.#guest = guest;
    this.#providers = providers;
    this.#mask = createMask(...providers);
  }

  /** Asks all providers in order until one matches. A script that hangs or bloats is left out of a second asking. */
  decide(request: DecideRequest, head: string, message: ScriptRequest): MatchReport {
    const broken: Record<string, Fault> = { ...request.broken };
    this.#careful = request.careful;
    const deadline = performance.now() + CHAIN_BUDGET_MS;
    for (;;) {
      const failure = this.#ask(request, head, message, broken);
      if (this.#done !== undefined) return this.#report(this.#done, failure);
      // A machine that stood still is not the script's fault: its message would be taken for nobody's.
      const isStarved = failure?.kind === "CPU_LIMIT" && failure.starved === true;
      if (isStarved && performance.now() < deadline) continue;
      const provider = this.#providers[Math.floor(this.#step / STEPS.length)];
      const key = `${Math.floor(this.#step / STEPS.length)}.${STEPS[this.#step % STEPS.length]}`;
      const fault = this.#fault(failure, provider);
      if (provider === undefined || key in broken || performance.now() > deadline) {
        return this.#abandon(broken, fault);
      }
      broken[key] = fault;
    }
  }

  dispose(): void {
    this.#isolate?.dispose();
    this.#isolate = undefined;
  }

  #ask(
    request: DecideRequest,
    head: string,
    message: ScriptRequest,
    broken: Readonly<Record<string, Fault>>,
  ): EntryFailure | undefined {
    this.#done = undefined;
    this.#step = 0;
    this.#logs = [];
    this.#isolate ??= this.#build(request.id);
    this.#isolate.request = message;
    const options = JSON.stringify({ verify: request.verify, broken });
    const limit = { id: request.id, timeoutMs: CHAIN_TIMEOUT_MS, kind: "CPU_LIMIT" } as const;
    const failure = this.#isolate.enter("decide", [head, options], limit);
    this.#isolate.request = undefined;
    // A thrown error is caught by the guest; what arrives here left the isolate in an unknown state.
    if (failure !== undefined) this.dispose();
    return failure;
  }

  #build(id: number): GuestIsolate {
    const isolate = new GuestIsolate(this.#guest, "match-runner.ts", MEMORY_MB, {
      onPost: (kind, text) => this.#onPost(kind, text),
      onMark: (step) => {
        this.#step = step;
        if (this.#careful) this.#isolate?.noteStep(step);
      },
    });
    for (const provider of this.#providers) {
      const loaded = isolate.load(
        provider,
        { ...scriptSpec(provider), verifies: provider.verifies },
        id,
      );
      // Every script was loaded once when it was checked: one that does not load now is asked and found broken.
      if (!("kind" in loaded)) continue;
      const fault = JSON.stringify(this.#fault(loaded, provider));
      isolate.enter("installBroken", [fault], {
        id,
        timeoutMs: CHAIN_TIMEOUT_MS,
        kind: "CPU_LIMIT",
      });
    }
    return isolate;
  }

  #onPost(kind: string, text: string): void {
    if (kind === "done") this.#done = text;
    if (kind === "log" && this.#logs.length < MAX_LOGS)
      this.#logs.push({ step: this.#step, entry: JSON.parse(text) });
  }

  #fault(failure: EntryFailure | undefined, provider: ChildProvider | undefined): Fault {
    const filename = provider?.filename ?? "match.ts";
    if (failure !== undefined) return makeFault(failure.kind, failure.thrown, filename);
    const message = "the script waits for a promise that nothing will settle";
    return makeFault("TIMEOUT", { name: "Timeout", message, stack: "" }, filename);
  }

  /**
   * Adds what the guest cannot know: positions in the scripts, and which script wrote which line. A failure beside a
   * result is a promise nobody waited for; whose it was cannot be told, so the last script asked shows it.
   */
  #report(text: string, failure: EntryFailure | undefined): MatchReport {
    const report: MatchReport = JSON.parse(text);
    const trace = report.trace.map((entry, index) => this.#traceEntry(entry, index));
    const last = trace.at(-1);
    if (failure !== undefined && last !== undefined) {
      const warning = `a promise was rejected and nobody waited for it: ${failure.thrown.message}`;
      trace.splice(-1, 1, { ...last, warning: last.warning ?? warning });
    }
    const { verdict } = report;
    const winner = this.#providers[trace.length - 1];
    const error =
      verdict?.error === undefined || winner === undefined
        ? {}
        : { error: this.#place(verdict.error, winner) };
    const placed = verdict === undefined ? {} : { verdict: { ...verdict, ...error } };
    const { handshake, ...said } = { ...report, trace, ...placed };
    // What a line was floated by may belong to another script: all secrets are masked in all of it.
    return {
      ...this.#mask(said),
      ...(handshake === undefined ? {} : { handshake }),
    };
  }

  #traceEntry(entry: MatchReport["trace"][number], index: number): MatchReport["trace"][number] {
    const provider = this.#providers[index];
    const error =
      entry.error === undefined || provider === undefined
        ? {}
        : { error: this.#place(entry.error, provider) };
    const logs = this.#logs
      .filter(({ step }) => Math.floor(step / STEPS.length) === index)
      .map(({ entry: line }) => line);
    return { ...entry, ...error, ...(logs.length === 0 ? {} : { logs }) };
  }

  #place(error: Fault, provider: ChildProvider): Fault {
    return makeFault(error.kind, { ...error, stack: error.stack ?? "" }, provider.filename);
  }

  /** The chain's time is used up: what is known is reported, and nobody has matched. */
  #abandon(broken: Readonly<Record<string, Fault>>, last: Fault): MatchReport {
    this.dispose();
    const asked = Math.min(Math.floor(this.#step / STEPS.length), this.#providers.length - 1);
    const trace = Array.from({ length: asked + 1 }, (_, index) => {
      const error = broken[`${index}.default`] ?? (index === asked ? last : undefined);
      return { matched: false, durationMs: 0, ...(error === undefined ? {} : { error }) };
    });
    return { trace };
  }
}
