/** Sends requests to sandbox children, and settles the requests of a child that died. */
import { tmpdir } from "node:os";
import type { Logger } from "../../logger.ts";
import type { ChildReport, ToChild } from "../wire/protocol.ts";
import type { ChildCache } from "./child-cache.ts";
import type {
  ChildEvents,
  ChildExit,
  KillReason,
  PoolMessage,
  SandboxChild,
} from "./child-process.ts";
import { ChildRoster } from "./child-roster.ts";
import type { Member } from "./member.ts";
import { type Lost, PendingRequest } from "./pending-request.ts";
import { type Place, Placement } from "./placement.ts";
import type { HandedInput } from "./run-input.ts";
import type { RunTerms } from "./run-terms.ts";

const WATCH_EVERY_MS = 25;
/** The memory limit of requests other than runs. */
const OTHER_MEMORY_MB = 128;

export interface Request {
  readonly where: Place;
  readonly message: (id: number) => ToChild;
  readonly parts?: readonly (Buffer | string)[];
  /** Sends the child what the request refers to. */
  readonly prepare?: (cache: ChildCache) => void;
  readonly memoryMb?: number;
  readonly terms?: RunTerms;
  /** Whether a report is valid for this request. A child that sends an invalid report is killed. */
  readonly accepts?: (report: ChildReport) => boolean;
  /** Sends the message asynchronously and returns the request's parts; used for large messages. */
  readonly handOver?: (child: SandboxChild) => Promise<HandedInput>;
}

const NOT_SENT: Lost = {
  type: "lost",
  fault: undefined,
  running: false,
  begun: false,
  shared: false,
  step: 0,
};

export class ChildPool implements AsyncDisposable {
  readonly #roster: ChildRoster;
  readonly #log: Logger;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #placement: Placement;
  readonly #onProcessEnded: (reason: string) => void;
  readonly #onReportsDropped: (count: number) => void;
  #lastId = 0;
  #stopping = false;
  #watchTimer: NodeJS.Timeout | undefined;

  constructor(
    program: Buffer,
    options: {
      readonly processes: number;
      readonly log: Logger;
      readonly niceness?: number;
      readonly bodiesFolder?: string;
      readonly onProcessEnded?: (reason: string) => void;
      readonly onReportsDropped?: (count: number) => void;
    },
  ) {
    this.#log = options.log;
    this.#onProcessEnded = options.onProcessEnded ?? (() => undefined);
    this.#onReportsDropped = options.onReportsDropped ?? (() => undefined);
    this.#roster = new ChildRoster({ bodiesFolder: tmpdir(), ...options, program }, (member) =>
      this.#eventsOf(member),
    );
    this.#placement = new Placement(this.#roster);
  }

  /** Process ids of the living children, to measure their memory. */
  get pids(): readonly number[] {
    return this.#roster.members.flatMap(({ child }) => child.pid ?? []);
  }

  /** Why scripts cannot run now; undefined if they can. */
  get problem(): string | undefined {
    return this.#roster.problem;
  }

  /** Starts the first child. False if it cannot be started; then `problem` is set. */
  begin(): boolean {
    return this.#roster.begin();
  }

  request(request: Request): Promise<ChildReport | Lost> {
    const member = this.#placement.ready(request.where, functionKeyOf(request));
    return member === undefined ? this.#requestWhenReady(request) : this.#send(member, request);
  }

  /** Waits for a child with room. */
  async #requestWhenReady(request: Request): Promise<ChildReport | Lost> {
    const member = await this.#placement.wait(request.where, functionKeyOf(request));
    return member === undefined ? NOT_SENT : this.#send(member, request);
  }

  #send(member: Member, request: Request): Promise<ChildReport | Lost> {
    const {
      message,
      parts,
      prepare,
      memoryMb = OTHER_MEMORY_MB,
      terms,
      accepts,
      handOver,
    } = request;
    const { child } = member;
    prepare?.(child.cache);
    this.#lastId += 1;
    const id = this.#lastId;
    if (member.inFlight.size === 0) member.watchdog.wake();
    member.inFlight.add(id);
    count(member.requestsByFunction, functionKeyOf(request), 1);
    this.#watchTimer ??= setInterval(() => this.#watch(), WATCH_EVERY_MS);
    return new Promise((resolve) => {
      let handed: HandedInput | undefined;
      const settle = (report: ChildReport | Lost) => {
        handed?.[Symbol.dispose]();
        if (report.type === "lost" && report.fault !== undefined)
          this.#placement.noteDeath(request.where, functionKeyOf(request));
        this.#afterSettle(member, id, functionKeyOf(request));
        resolve(report);
      };
      const pending = new PendingRequest({ id, child, memoryMb, accepts }, terms, settle);
      this.#pending.set(id, pending);
      const send = (extra = parts) => {
        pending.isSent = true;
        child.send(message(id), extra);
      };
      if (handOver === undefined) send();
      else
        void this.#handOver(pending, handOver(child), (given) => {
          handed = given;
          send(given.send(child.cache));
        });
    });
  }

  async #handOver(
    pending: PendingRequest,
    handing: Promise<HandedInput>,
    send: (handed: HandedInput) => void,
  ): Promise<void> {
    // Meanwhile the child may have died, or the message may have been refused.
    const isOver = () => this.#pending.get(pending.id) !== pending;
    try {
      const handed = await handing;
      if (isOver()) handed[Symbol.dispose]();
      else send(handed);
    } catch (err) {
      if (isOver()) return;
      this.#log.error({ err }, "a message could not be sent to a sandbox child");
      pending.settle(NOT_SENT);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watchTimer);
    this.#placement.stop();
    await this.#roster.dispose();
  }

  #eventsOf(member: () => Member): ChildEvents {
    return {
      onMessage: (message) => this.#onMessage(member(), message),
      onReady: () => {
        this.#roster.onReady();
        this.#placement.wakeAll();
      },
      onExit: (exit) => this.#onExit(member(), exit),
    };
  }

  #onMessage(member: Member, message: PoolMessage): void {
    if (message.type === "retire") {
      this.#roster.retire(member);
      return;
    }
    if (message.type === "dropped") {
      this.#onReportsDropped(message.count);
      return;
    }
    const pending = this.#pending.get(message.id);
    // A child may only report on requests that it was sent.
    if (pending === undefined || !member.inFlight.has(message.id))
      this.#onUnknownId(member, message);
    else if (message.type === "waiting") pending.onWaiting();
    else if (message.type === "ask") pending.ask(message);
    else if (message.type === "call") pending.call(message);
    else if (message.type === "cancel") pending.cancel(message.call);
    else if (pending.accepts(message)) pending.settle(message);
    else {
      this.#onReportsDropped(1);
      member.child.kill("protocol", pending.id);
    }
  }

  /** A host call may arrive after the end of its run; any other message with an unknown id is a protocol error. */
  #onUnknownId(member: Member, message: PoolMessage): void {
    const mayBeLate = ["ask", "call", "cancel"].includes(message.type);
    if (!mayBeLate) member.child.kill("protocol");
  }

  #afterSettle(member: Member, id: number, key: string): void {
    this.#pending.delete(id);
    member.inFlight.delete(id);
    count(member.requestsByFunction, key, -1);
    if (member.inFlight.size === 0) member.child.cache.dropMessage();
    this.#roster.release(member);
    if (this.#pending.size === 0) {
      clearInterval(this.#watchTimer);
      this.#watchTimer = undefined;
    }
    this.#placement.wakeAll();
  }

  #onExit(member: Member, exit: ChildExit): void {
    const { mark, reason, stderr } = exit;
    const limit = mark.catastrophic ? "MEMORY_LIMIT" : faultOf(reason);
    const culprit = exit.culprit ?? mark.id;
    // A child that was running a script had started, even if it did not report so.
    const failedToStart = !exit.wasReady && culprit === 0 && reason === undefined;
    this.#roster.remove(member, failedToStart ? stderr : undefined);
    for (const id of [...member.inFlight]) {
      const running = id === culprit;
      const fault = running ? limit : undefined;
      const { shared, step } = mark;
      const begun = exit.wasReady;
      this.#pending.get(id)?.settle({ type: "lost", fault, running, begun, shared, step });
    }
    this.#placement.wakeAll();
    this.#onProcessEnded(reason ?? limit ?? "died");
    if (this.#stopping || reason === "recycled") return;
    const { pid } = member.child;
    this.#log.warn(
      { pid, reason, running: culprit, catastrophic: mark.catastrophic, stderr },
      "sandbox child ended",
    );
  }

  #watch(): void {
    const memoryOf = (id: number) => this.#pending.get(id)?.memoryMb ?? OTHER_MEMORY_MB;
    let isFreed = false;
    for (const { child, inFlight, watchdog } of this.#roster.members) {
      const wasBlocked = watchdog.isBlocked;
      const reason = inFlight.size > 0 ? watchdog.check(memoryOf) : undefined;
      if (reason !== undefined) child.kill(reason);
      isFreed ||= wasBlocked && !watchdog.isBlocked;
    }
    if (isFreed) this.#placement.wakeAll();
  }
}

/** The key of the function; requests that run no function share an empty key. */
const functionKeyOf = ({ terms }: Request): string => terms?.key ?? "";

function count(counts: Map<string, number>, key: string, change: number): void {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

/** The fault of the script that ran when main killed its process; undefined if no script is to blame. */
const FAULTS: Readonly<Record<KillReason, Lost["fault"]>> = {
  CPU_LIMIT: "CPU_LIMIT",
  TIMEOUT: "TIMEOUT",
  LOAD_LIMIT: "LOAD_LIMIT",
  MEMORY_LIMIT: "MEMORY_LIMIT",
  protocol: "CRASH",
  unresponsive: undefined,
  bloated: undefined,
  recycled: undefined,
  stopping: undefined,
};

const faultOf = (reason: ChildExit["reason"]): Lost["fault"] => reason && FAULTS[reason];
