/** Hands requests to sandbox children, and says what becomes of the requests of one that died. */
import type { Logger } from "../logger.ts";
import type { ChildHoldings } from "./child-holdings.ts";
import type { ChildEvents, ChildExit, ChildWord } from "./child-process.ts";
import { ChildRoster, type Member } from "./child-roster.ts";
import { type Lost, PendingRequest, type RunTerms } from "./pending-request.ts";
import type { Answer, ToChild } from "./protocol.ts";

const WATCH_EVERY_MS = 25;
/** Of what is not a function. */
const OTHER_MEMORY_MB = 128;

export interface Request {
  /** `quarantine`, `alone`: away from others, for what may bring them down; `alone` has a child of its own. */
  readonly where: "match" | "quarantine" | "function" | "alone";
  readonly message: (id: number) => ToChild;
  readonly parts?: readonly (Buffer | string)[];
  /** Gives the child what it must know first. */
  readonly prepare?: (holds: ChildHoldings) => void;
  readonly memoryMb?: number;
  readonly terms?: RunTerms;
  /** Whether an answer can be believed; a child whose answer cannot is ended. */
  readonly accepts?: (answer: Answer) => boolean;
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
  readonly #waitingForRoom: (() => void)[] = [];
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
      readonly onProcessEnded?: (reason: string) => void;
      readonly onReportsDropped?: (count: number) => void;
    },
  ) {
    this.#log = options.log;
    this.#onProcessEnded = options.onProcessEnded ?? (() => undefined);
    this.#onReportsDropped = options.onReportsDropped ?? (() => undefined);
    this.#roster = new ChildRoster({ ...options, program }, (member) => this.#eventsOf(member));
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

  request(request: Request): Promise<Answer | Lost> {
    const member = this.#roster.atOnce(request.where);
    return member === undefined ? this.#requestLater(request) : this.#ask(member, request);
  }

  /** Once there is a child with room. */
  async #requestLater(request: Request): Promise<Answer | Lost> {
    const member = await this.#choose(request.where);
    return member === undefined ? NOBODY : this.#ask(member, request);
  }

  #ask(member: Member, request: Request): Promise<Answer | Lost> {
    const { message, parts, prepare, memoryMb = OTHER_MEMORY_MB, terms, accepts } = request;
    const { child } = member;
    prepare?.(child.holds);
    this.#lastId += 1;
    const id = this.#lastId;
    if (member.inFlight.size === 0) member.watchdog.wake();
    member.inFlight.add(id);
    this.#watching ??= setInterval(() => this.#watch(), WATCH_EVERY_MS);
    return new Promise((resolve) => {
      const settle = (answer: Answer | Lost) => {
        this.#settled(member, id);
        resolve(answer);
      };
      this.#pending.set(id, new PendingRequest({ id, child, memoryMb, accepts }, terms, settle));
      child.send(message(id), parts);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watching);
    this.#wakeWaiting();
    await this.#roster.dispose();
  }

  async #choose(where: Request["where"]): Promise<Member | undefined> {
    if (where === "match" || where === "quarantine") return this.#roster.forMatching(where);
    for (;;) {
      const isForOne = where === "alone";
      const member = await (isForOne ? this.#roster.forOne() : this.#roster.forFunctions());
      if (member !== undefined || this.#stopping) return member;
      await new Promise<void>((resume) => this.#waitingForRoom.push(resume));
    }
  }

  #eventsOf(member: () => Member): ChildEvents {
    return {
      onMessage: (message) => this.#hear(member(), message),
      onReady: () => {
        this.#roster.cameUp();
        this.#wakeWaiting();
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
    else if (message.type === "began") pending.began();
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
    const mayBeLate = message.type === "cancel" || message.type === "call";
    if (!mayBeLate) member.child.kill("protocol");
  }

  #settled(member: Member, id: number): void {
    this.#pending.delete(id);
    member.inFlight.delete(id);
    if (member.inFlight.size === 0) member.child.holds.dropMessage();
    this.#roster.release(member);
    if (this.#pending.size === 0) {
      clearInterval(this.#watching);
      this.#watching = undefined;
    }
    this.#wakeWaiting();
  }

  /** All of them: who finds no room waits again. */
  #wakeWaiting(): void {
    if (this.#waitingForRoom.length === 0) return;
    for (const resume of this.#waitingForRoom.splice(0)) resume();
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
    this.#wakeWaiting();
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
    for (const { child, inFlight, watchdog } of this.#roster.members) {
      const reason = inFlight.size > 0 ? watchdog.look(memoryOf) : undefined;
      if (reason !== undefined) child.kill(reason);
    }
  }
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
