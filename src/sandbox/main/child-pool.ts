/** Hands requests to sandbox children, and says what becomes of the requests of one that died. */
import { tmpdir } from "node:os";
import type { Logger } from "../../logger.ts";
import type { ChildReport, ToChild } from "../wire/protocol.ts";
import type { ChildHoldings } from "./child-holdings.ts";
import type { ChildEvents, ChildExit, ChildWord, SandboxChild } from "./child-process.ts";
import { ChildRoster, type Member } from "./child-roster.ts";
import { type Lost, PendingRequest } from "./pending-request.ts";
import type { Handed } from "./run-input.ts";
import type { RunTerms } from "./run-terms.ts";
import { WaitingLines } from "./waiting-lines.ts";

const WATCH_EVERY_MS = 25;
/** Of what is not a function. */
const OTHER_MEMORY_MB = 128;

export interface Request {
  /**
   * `quarantine`, `alone`: away from others, for what may bring them down; `alone` has a child of its own. `trial`: away
   * from all that is live.
   */
  readonly where: "match" | "quarantine" | "trial" | "function" | "alone";
  readonly message: (id: number) => ToChild;
  readonly parts?: readonly (Buffer | string)[];
  /** Gives the child what it must know first. */
  readonly prepare?: (holds: ChildHoldings) => void;
  readonly memoryMb?: number;
  readonly terms?: RunTerms;
  /** Whether an answer can be believed; a child whose answer cannot is ended. */
  readonly accepts?: (answer: ChildReport) => boolean;
  /** Gives the child, in its own time, what the request is about, and what goes with it. */
  readonly handOver?: (child: SandboxChild) => Promise<Handed>;
}

const NOBODY: Lost = {
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
  readonly #waitingForRoom = new WaitingLines();
  readonly #onProcessEnded: (reason: string) => void;
  readonly #onReportsDropped: (count: number) => void;
  #lastId = 0;
  #stopping = false;
  #watching: NodeJS.Timeout | undefined;

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
  }

  /** Process ids of the children alive, for whoever counts memory. */
  get pids(): readonly number[] {
    return this.#roster.members.flatMap(({ child }) => child.pid ?? []);
  }

  /** Undefined when scripts can be run. */
  get problem(): string | undefined {
    return this.#roster.problem;
  }

  /** Starts the first child. False when it cannot even be tried; `problem` tells why. */
  begin(): boolean {
    return this.#roster.begin();
  }

  request(request: Request): Promise<ChildReport | Lost> {
    const member = this.#roster.atOnce(request.where, keyOf(request));
    return member === undefined ? this.#requestLater(request) : this.#ask(member, request);
  }

  /** Once there is a child with room. */
  async #requestLater(request: Request): Promise<ChildReport | Lost> {
    const member = await this.#choose(request);
    return member === undefined ? NOBODY : this.#ask(member, request);
  }

  #ask(member: Member, request: Request): Promise<ChildReport | Lost> {
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
    prepare?.(child.holds);
    this.#lastId += 1;
    const id = this.#lastId;
    if (member.inFlight.size === 0) member.watchdog.wake();
    member.inFlight.add(id);
    count(member.ofFunction, keyOf(request), 1);
    this.#watching ??= setInterval(() => this.#watch(), WATCH_EVERY_MS);
    return new Promise((resolve) => {
      let handed: Handed | undefined;
      const settle = (answer: ChildReport | Lost) => {
        handed?.[Symbol.dispose]();
        this.#settled(member, id, keyOf(request));
        resolve(answer);
      };
      const pending = new PendingRequest({ id, child, memoryMb, accepts }, terms, settle);
      this.#pending.set(id, pending);
      const send = (further = parts) => {
        pending.isSent = true;
        child.send(message(id), further);
      };
      if (handOver === undefined) send();
      else
        void this.#handOver(pending, handOver(child), (given) => {
          handed = given;
          send(given.give(child.holds));
        });
    });
  }

  async #handOver(
    pending: PendingRequest,
    handing: Promise<Handed>,
    send: (handed: Handed) => void,
  ): Promise<void> {
    // Its child may have died meanwhile, or its message been refused.
    const isOver = () => this.#pending.get(pending.id) !== pending;
    try {
      const handed = await handing;
      if (isOver()) handed[Symbol.dispose]();
      else send(handed);
    } catch (err) {
      if (isOver()) return;
      this.#log.error({ err }, "a message could not be given to a sandbox child");
      pending.settle(NOBODY);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watching);
    this.#waitingForRoom.wakeAll();
    await this.#roster.dispose();
  }

  async #choose(request: Request): Promise<Member | undefined> {
    const { where } = request;
    if (where !== "function" && where !== "alone") return this.#roster.forMatching(where);
    const key = keyOf(request);
    for (let isWoken = false; ; isWoken = true) {
      const member = await (where === "alone"
        ? this.#roster.forOne()
        : this.#roster.forFunctions(key));
      if (member !== undefined || this.#stopping) {
        // There may be room for the next one, too.
        this.#waitingForRoom.wakeFirst(key);
        return member;
      }
      await this.#waitingForRoom.wait(key, isWoken);
    }
  }

  #eventsOf(member: () => Member): ChildEvents {
    return {
      onMessage: (message) => this.#hear(member(), message),
      onReady: () => {
        this.#roster.cameUp();
        this.#waitingForRoom.wakeAll();
      },
      onExit: (exit) => this.#bury(member(), exit),
    };
  }

  #hear(member: Member, message: ChildWord): void {
    if (message.type === "retire") {
      this.#roster.retire(member);
      return;
    }
    if (message.type === "dropped") {
      this.#onReportsDropped(message.count);
      return;
    }
    const pending = this.#pending.get(message.id);
    // An id this child was not given is not to be believed.
    if (pending === undefined || !member.inFlight.has(message.id)) this.#distrust(member, message);
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

  /** A call that crossed with the end of its run is nothing; any other word about a strange id is. */
  #distrust(member: Member, message: ChildWord): void {
    const mayBeLate = ["ask", "call", "cancel"].includes(message.type);
    if (!mayBeLate) member.child.kill("protocol");
  }

  #settled(member: Member, id: number, key: string): void {
    this.#pending.delete(id);
    member.inFlight.delete(id);
    count(member.ofFunction, key, -1);
    if (member.inFlight.size === 0) member.child.holds.dropMessage();
    this.#roster.release(member);
    if (this.#pending.size === 0) {
      clearInterval(this.#watching);
      this.#watching = undefined;
    }
    this.#waitingForRoom.wakeAll();
  }

  #bury(member: Member, exit: ChildExit): void {
    const { mark, reason, stderr } = exit;
    const limit = mark.catastrophic ? "MEMORY_LIMIT" : faultOf(reason);
    const culprit = exit.culprit ?? mark.id;
    // One that was running something had started, whether or not it came to say so.
    const isStillborn = !exit.wasReady && culprit === 0 && reason === undefined;
    this.#roster.remove(member, isStillborn ? stderr : undefined);
    for (const id of [...member.inFlight]) {
      const running = id === culprit;
      const fault = running ? limit : undefined;
      const { shared, step } = mark;
      const begun = exit.wasReady;
      this.#pending.get(id)?.settle({ type: "lost", fault, running, begun, shared, step });
    }
    this.#waitingForRoom.wakeAll();
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
      const wasHeld = watchdog.isHeld;
      const reason = inFlight.size > 0 ? watchdog.look(memoryOf) : undefined;
      if (reason !== undefined) child.kill(reason);
      isFreed ||= wasHeld && !watchdog.isHeld;
    }
    if (isFreed) this.#waitingForRoom.wakeAll();
  }
}

/** Of its function; what is none shares a line. */
const keyOf = ({ terms }: Request): string => terms?.key ?? "";

function count(counts: Map<string, number>, key: string, change: number): void {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

function faultOf(reason: ChildExit["reason"]): Lost["fault"] {
  switch (reason) {
    case "CPU_LIMIT":
    case "TIMEOUT":
    case "LOAD_LIMIT":
    case "MEMORY_LIMIT":
      return reason;
    case "protocol":
      return "CRASH";
    default:
      return undefined;
  }
}
