/**
 * Which children there are and what each is for. Matching has one of its own, so that a slow function holds up no
 * answer; functions have the others; one more is kept warm once functions run, to step in at once when a child dies.
 */
import type { ChildEvents, SandboxChild } from "./child-process.ts";
import { ChildStarter, type StarterOptions } from "./child-starter.ts";
import { residentBytes } from "./child-vitals.ts";
import { Watchdog } from "./watchdog.ts";

/** Executions that wait in one child; past it another child is started, if there may be one. */
const MAX_IN_FLIGHT = 600;
const FULL_RESIDENT_BYTES = 512 * 1024 * 1024;
/** Children beyond the configured number, when all of those are full of executions that wait, or held by one that does not. */
const OVERFLOW = 2;
const RECYCLE_IDLE_BYTES = 250 * 1024 * 1024;
/** Of the one for matching, which keeps up to 128 warm isolates of 4 MB; see `match-scripts.ts`. */
const RECYCLE_IDLE_MATCH_BYTES = 768 * 1024 * 1024;
const RECYCLE_AGE_MS = 3_600_000;
/** After it the children of functions, and the spare, are given up until they are needed again. */
const IDLE_MS = 300_000;
const TEND_EVERY_MS = 30_000;

/**
 * `quarantine`: matches messages that may hold up or end the process they are matched in. `trial`: loads and runs what
 * nobody has put to use yet.
 */
export type Role = "match" | "quarantine" | "trial" | "function" | "spare" | "alone" | "retiring";

/** Given up when they are bloated and idle: another takes over when one is needed. */
const REPLACEABLE: ReadonlySet<Role> = new Set(["function", "quarantine", "trial"]);

export interface Member {
  readonly child: SandboxChild;
  readonly watchdog: Watchdog;
  readonly inFlight: Set<number>;
  /** How many requests of each function it has, by key. */
  readonly ofFunction: Map<string, number>;
  readonly bornAt: number;
  role: Role;
  /** In milliseconds of `performance.now`. */
  usedAt: number;
}

export class ChildRoster {
  readonly #starter: ChildStarter;
  readonly #processes: number;
  readonly #eventsOf: (member: () => Member) => ChildEvents;
  readonly #tending: NodeJS.Timeout;
  #stopping = false;
  readonly #emptied = Promise.withResolvers<void>();
  members: readonly Member[] = [];

  constructor(
    options: StarterOptions & { readonly processes: number },
    eventsOf: (member: () => Member) => ChildEvents,
  ) {
    this.#starter = new ChildStarter(options);
    this.#processes = options.processes;
    this.#eventsOf = eventsOf;
    this.#tending = setInterval(() => this.#tend(), TEND_EVERY_MS).unref();
  }

  /** Why scripts cannot be run now; undefined when they can. */
  get problem(): string | undefined {
    return this.#starter.problem;
  }

  /** One of the children can run scripts. */
  cameUp(): void {
    this.#starter.cameUp();
  }

  /** At a start nobody wants to wait until a child can be started some day. */
  begin(): boolean {
    return this.#spawn("match") !== undefined;
  }

  /** Of those there are, when one is ready: undefined when somebody has to be waited for. */
  atOnce(where: Exclude<Role, "spare" | "retiring">, key: string): Member | undefined {
    if (where === "alone") return undefined;
    if (where === "quarantine" || where === "trial") return this.#of(where);
    if (where === "match" || this.#processes === 1) return this.#of("match");
    if (this.#mustWait(key)) return undefined;
    if (this.#countOf("function") < this.#processes - 1) return undefined;
    this.#keepSpare();
    return this.#readyForFunctions();
  }

  /** Those beyond the wanted number are for when the others are full. */
  #readyForFunctions(): Member | undefined {
    const wanted = this.#processes - 1;
    let ready = 0;
    let best: Member | undefined;
    for (const member of this.members) {
      if (ready === wanted) break;
      if (member.role !== "function" || !member.child.isReady || isFull(member)) continue;
      ready += 1;
      if (best === undefined || member.inFlight.size < best.inFlight.size) best = member;
    }
    return best;
  }

  /** Undefined when the program stops. */
  async forMatching(role: "match" | "quarantine" | "trial" = "match"): Promise<Member | undefined> {
    for (;;) {
      const member = this.#of(role) ?? this.#promoteSpare(role) ?? this.#spawn(role);
      if (role !== "match") this.#keepSpare();
      if (member !== undefined || this.#stopping) return member;
      await this.#starter.untilUnblocked();
    }
  }

  /** The last child with room is not for functions that have a part in filling others. */
  #mustWait(key: string): boolean {
    let full = 0;
    let isFilling = false;
    for (const member of this.members) {
      if (member.role !== "function" || !isFull(member)) continue;
      full += 1;
      isFilling ||= member.ofFunction.has(key);
    }
    return isFilling && full >= this.#processes + OVERFLOW - 2;
  }

  /** Undefined when there is no room for this function and may be no further child, or when the program stops. */
  async forFunctions(key: string): Promise<Member | undefined> {
    if (this.#processes === 1) return this.forMatching();
    return this.#mustWait(key) ? undefined : await this.#forFunction();
  }

  async #forFunction(): Promise<Member | undefined> {
    const wanted = this.#processes - 1;
    for (;;) {
      const own = this.members.filter(({ role }) => role === "function");
      const open = own.filter((member) => !isFull(member));
      const isShort = own.length < wanted || (open.length === 0 && own.length < wanted + OVERFLOW);
      const more = isShort
        ? (this.#promoteSpare("function") ?? this.#spawn("function"))
        : undefined;
      this.#keepSpare();
      const member = this.#readyForFunctions() ?? leastBusy(open) ?? more;
      if (member !== undefined || this.#stopping || own.length > 0) return member;
      await this.#starter.untilUnblocked();
    }
  }

  /**
   * One that nobody else uses; it is given up after the one request. Undefined when there are as many as there may be,
   * or when the program stops: suspects come in swarms, and a process for each would bring the machine to a halt.
   */
  async forOne(): Promise<Member | undefined> {
    for (;;) {
      if (this.members.filter(({ role }) => role === "alone").length >= this.#processes)
        return undefined;
      const member = this.#promoteSpare("alone") ?? this.#spawn("alone");
      this.#keepSpare();
      if (member !== undefined || this.#stopping) return member;
      await this.#starter.untilUnblocked();
    }
  }

  /** No more work for it; it ends once what it has is done. */
  retire(member: Member): void {
    member.role = "retiring";
    this.release(member);
  }

  /** To be told when a request of its has been settled. */
  release(member: Member): void {
    member.usedAt = performance.now();
    // What it keeps of runs that are over, nobody else has room beside.
    const isBloated = member.watchdog.resident > FULL_RESIDENT_BYTES;
    const isReplaceable = REPLACEABLE.has(member.role);
    if (isBloated && isReplaceable && member.inFlight.size === 0) member.role = "retiring";
    const isOver = member.role === "retiring" || member.role === "alone";
    if (isOver && member.inFlight.size === 0) member.child.kill("recycled");
  }

  /** A child is gone. `stillborn`: it never came to run anything, and this is what it said about it. */
  remove(member: Member, stillborn: string | undefined): void {
    this.members = this.members.filter((other) => other !== member);
    if (this.#stopping) {
      if (this.members.length === 0) this.#emptied.resolve();
      return;
    }
    if (stillborn === undefined) this.#succeed(member.role);
    else this.#starter.wasStillborn(stillborn);
  }

  async dispose(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#tending);
    for (const { child } of this.members) child.kill("stopping");
    if (this.members.length > 0) await this.#emptied.promise;
  }

  #succeed(role: Role): void {
    const isNeeded = role === "match" || role === "function";
    if (isNeeded && this.#promoteSpare(role) === undefined) this.#spawn(role);
    this.#keepSpare();
  }

  #of(role: Role): Member | undefined {
    return this.members.find((member) => member.role === role);
  }

  #promoteSpare(role: Role): Member | undefined {
    const spare = this.members.find((member) => member.role === "spare" && member.child.isReady);
    if (spare !== undefined) spare.role = role;
    return spare;
  }

  #spawn(role: Role): Member | undefined {
    const child = this.#stopping ? undefined : this.#starter.start(this.#eventsOf(() => member));
    if (child === undefined) return undefined;
    const now = performance.now();
    const watchdog = new Watchdog(child);
    const member: Member = {
      child,
      watchdog,
      inFlight: new Set(),
      ofFunction: new Map(),
      bornAt: now,
      role,
      usedAt: now,
    };
    this.members = [...this.members, member];
    return member;
  }

  /** Two that can run functions are each other's spare. */
  #hasSpare(): boolean {
    return this.#of("spare") !== undefined || this.#countOf("function") > 1;
  }

  #countOf(role: Role): number {
    let count = 0;
    for (const member of this.members) if (member.role === role) count += 1;
    return count;
  }

  /** Not while the one that is needed now is starting: they would hold each other up. */
  #keepSpare(): void {
    if (this.#processes === 1) return;
    if (this.#hasSpare()) return;
    const isStarting = this.members.some(({ child }) => !child.isReady);
    if (!isStarting) this.#spawn("spare");
  }

  /** Replaces what has grown or aged, and gives up what nobody has needed for long. */
  #tend(): void {
    const now = performance.now();
    for (const member of this.members.filter(({ inFlight }) => inFlight.size === 0)) {
      const isIdle = member.role !== "match" && now - member.usedAt > IDLE_MS;
      const isOld = now - member.bornAt > RECYCLE_AGE_MS;
      const maxBytes = member.role === "match" ? RECYCLE_IDLE_MATCH_BYTES : RECYCLE_IDLE_BYTES;
      if (isIdle || isOld || residentBytes(member.child.pid) > maxBytes) this.#replace(member);
    }
  }

  #replace(member: Member): void {
    const { role } = member;
    // Somebody asks for it with the next message: it goes only when another is there to answer.
    if (role === "match" && this.#promoteSpare("match") === undefined) this.#keepSpare();
    else this.retire(member);
  }
}

/** What is given to one whose script runs on and on would wait for that script. */
const isFull = ({ inFlight, watchdog }: Member): boolean =>
  inFlight.size >= MAX_IN_FLIGHT ||
  watchdog.resident > FULL_RESIDENT_BYTES ||
  (inFlight.size > 0 && watchdog.isHeld);

const leastBusy = (members: readonly Member[]): Member | undefined =>
  members.toSorted((a, b) => a.inFlight.size - b.inFlight.size)[0];
