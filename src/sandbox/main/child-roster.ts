/**
 * The children and their roles. Matching has a child of its own, so that a slow function delays no answer; functions
 * have the others. Once functions run, one spare child is kept warm, to replace a child that dies.
 */
import type { ChildEvents } from "./child-process.ts";
import { ChildStarter, type StarterOptions } from "./child-starter.ts";
import { FULL_RESIDENT_BYTES, isFull, leastBusy, type Member, type Role } from "./member.ts";
import { residentBytes } from "./process-stats.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * How many children may be started beyond the configured number, when all of the configured ones are full or blocked.
 */
const OVERFLOW = 2;
const RECYCLE_IDLE_BYTES = 250 * 1024 * 1024;
/** For the matching child, which keeps up to 128 warm isolates of 4 MB; see `match-scripts.ts`. */
const RECYCLE_IDLE_MATCH_BYTES = 768 * 1024 * 1024;
const MAX_AGE_MS = 3_600_000;
/** After this time without requests, the function children and the spare are ended. */
const IDLE_MS = 300_000;
const MAINTAIN_EVERY_MS = 30_000;

/** Roles whose idle child is replaced when it is bloated. */
const REPLACEABLE: ReadonlySet<Role> = new Set(["function", "suspect", "quarantine", "trial"]);

export class ChildRoster {
  readonly #starter: ChildStarter;
  readonly #processes: number;
  readonly #eventsOf: (member: () => Member) => ChildEvents;
  readonly #maintenance: NodeJS.Timeout;
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
    this.#maintenance = setInterval(() => this.#maintain(), MAINTAIN_EVERY_MS).unref();
  }

  /** Why scripts cannot run now; undefined if they can. */
  get problem(): string | undefined {
    return this.#starter.problem;
  }

  /** A child has started. */
  onReady(): void {
    this.#starter.onReady();
  }

  /** Starts the matching child. False if that fails; unlike other calls, it does not wait and retry. */
  begin(): boolean {
    return this.#spawn("match") !== undefined;
  }

  /** A ready member for the request; undefined if the caller must wait for one. */
  readyMember(
    where: Exclude<Role, "suspect" | "spare" | "retiring">,
    key: string,
  ): Member | undefined {
    if (where === "alone") return undefined;
    if (where === "quarantine" || where === "trial") return this.#find(where);
    if (where === "match" || this.#processes === 1) return this.#find("match");
    if (this.#mustWait(key)) return undefined;
    if (this.#countOf("function") < this.#processes - 1) return undefined;
    this.#keepSpare();
    return this.#leastBusyReady();
  }

  /** Considers the configured number of children first; those beyond it are for when the others are full. */
  #leastBusyReady(): Member | undefined {
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

  /** A member with this role, started if necessary. Undefined when the program stops. */
  async memberForRole(
    role: "match" | "quarantine" | "trial" | "suspect" = "match",
  ): Promise<Member | undefined> {
    for (;;) {
      const member = this.#find(role) ?? this.#promoteSpare(role) ?? this.#spawn(role);
      if (role !== "match") this.#keepSpare();
      if (member !== undefined || this.#stopping) return member;
      await this.#starter.untilUnblocked();
    }
  }

  /**
   * True if all children but the last are full and this function fills some of them: the last one is kept for other
   * functions.
   */
  #mustWait(key: string): boolean {
    let full = 0;
    let isFilling = false;
    for (const member of this.members) {
      if (member.role !== "function" || !isFull(member)) continue;
      full += 1;
      isFilling ||= member.requestsByFunction.has(key);
    }
    return isFilling && full >= this.#processes + OVERFLOW - 2;
  }

  /**
   * A member with room for this function. Undefined if there is none and no further child may be started, or when the
   * program stops.
   */
  async memberForFunction(key: string): Promise<Member | undefined> {
    if (this.#processes === 1) return this.memberForRole();
    return this.#mustWait(key) ? undefined : await this.#findOrStartForFunction();
  }

  async #findOrStartForFunction(): Promise<Member | undefined> {
    const wanted = this.#processes - 1;
    for (;;) {
      const own = this.members.filter(({ role }) => role === "function");
      const open = own.filter((member) => !isFull(member));
      const needsMore =
        own.length < wanted || (open.length === 0 && own.length < wanted + OVERFLOW);
      const more = needsMore
        ? (this.#promoteSpare("function") ?? this.#spawn("function"))
        : undefined;
      this.#keepSpare();
      const member = this.#leastBusyReady() ?? leastBusy(open) ?? more;
      if (member !== undefined || this.#stopping || own.length > 0) return member;
      await this.#starter.untilUnblocked();
    }
  }

  /**
   * The child of the functions that ended their process a short while ago, if it has room. Undefined otherwise, or
   * when the program stops.
   */
  async memberForSuspect(): Promise<Member | undefined> {
    const known = this.#find("suspect");
    if (known !== undefined) return isFull(known) ? undefined : known;
    return await this.memberForRole("suspect");
  }

  /**
   * A child for one request, ended afterwards. Undefined if the limit is reached or the program stops. Many of these
   * requests may come at once, and a process for each would stall the machine. The last process is not for suspects:
   * the runs that they interrupted would wait for all of them.
   */
  async dedicatedMember(isSuspect: boolean): Promise<Member | undefined> {
    const limit = isSuspect ? Math.max(1, this.#processes - 1) : this.#processes;
    for (;;) {
      if (this.members.filter(({ role }) => role === "alone").length >= limit) return undefined;
      const member = this.#promoteSpare("alone") ?? this.#spawn("alone");
      this.#keepSpare();
      if (member !== undefined || this.#stopping) return member;
      await this.#starter.untilUnblocked();
    }
  }

  /** Sends it no more requests. It ends after its last one. */
  retire(member: Member): void {
    member.role = "retiring";
    this.release(member);
  }

  /** Called when one of its requests has been settled. */
  release(member: Member): void {
    member.usedAt = performance.now();
    // A bloated child would leave no room for other runs, so it is replaced.
    const isBloated = member.watchdog.resident > FULL_RESIDENT_BYTES;
    const isReplaceable = REPLACEABLE.has(member.role);
    if (isBloated && isReplaceable && member.inFlight.size === 0) member.role = "retiring";
    const isOver = member.role === "retiring" || member.role === "alone";
    if (isOver && member.inFlight.size === 0) member.child.kill("recycled");
  }

  /** A child has ended. `startFailure`: what it wrote, if it ended before it could run anything. */
  remove(member: Member, startFailure: string | undefined): void {
    this.members = this.members.filter((other) => other !== member);
    if (this.#stopping) {
      if (this.members.length === 0) this.#emptied.resolve();
      return;
    }
    if (startFailure === undefined) this.#replaceLost(member.role);
    else this.#starter.onFailedStart(startFailure);
  }

  async dispose(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#maintenance);
    for (const { child } of this.members) child.kill("stopping");
    if (this.members.length > 0) await this.#emptied.promise;
  }

  #replaceLost(role: Role): void {
    const isNeeded = role === "match" || role === "function";
    if (isNeeded && this.#promoteSpare(role) === undefined) this.#spawn(role);
    this.#keepSpare();
  }

  #find(role: Role): Member | undefined {
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
      requestsByFunction: new Map(),
      startedAt: now,
      role,
      usedAt: now,
    };
    this.members = [...this.members, member];
    return member;
  }

  /** With two function children, each is the other's spare. */
  #hasSpare(): boolean {
    return this.#find("spare") !== undefined || this.#countOf("function") > 1;
  }

  #countOf(role: Role): number {
    let count = 0;
    for (const member of this.members) if (member.role === role) count += 1;
    return count;
  }

  /** Not while another child is starting: they would slow each other down. */
  #keepSpare(): void {
    if (this.#processes === 1) return;
    if (this.#hasSpare()) return;
    const isStarting = this.members.some(({ child }) => !child.isReady);
    if (!isStarting) this.#spawn("spare");
  }

  /** Replaces idle children that are large or old, and ends unused ones. */
  #maintain(): void {
    const now = performance.now();
    for (const member of this.members.filter(({ inFlight }) => inFlight.size === 0)) {
      const isIdle = member.role !== "match" && now - member.usedAt > IDLE_MS;
      const isOld = now - member.startedAt > MAX_AGE_MS;
      const maxBytes = member.role === "match" ? RECYCLE_IDLE_MATCH_BYTES : RECYCLE_IDLE_BYTES;
      if (isIdle || isOld || residentBytes(member.child.pid) > maxBytes) this.#replace(member);
    }
  }

  #replace(member: Member): void {
    const { role } = member;
    // The next message needs it, so it is replaced only when the spare is ready.
    if (role === "match" && this.#promoteSpare("match") === undefined) this.#keepSpare();
    else this.retire(member);
  }
}
