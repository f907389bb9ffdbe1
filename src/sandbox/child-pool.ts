/** The sandbox children: who gets which work, who hangs, and what becomes of the work of one that died. */
import type { Logger } from "../logger.ts";
import { type ChildExit, SandboxChild } from "./child-process.ts";
import { monotonicMs } from "./entry-mark.ts";
import type { Answer, ScriptRole, ToChild } from "./protocol.ts";

/** How much longer than its limit an entry may take before the process is killed: V8 cannot stop everything. */
const GRACE_MS = 200;
const WATCH_EVERY_MS = 25;
const MAX_RESIDENT_BYTES = 640 * 1024 * 1024;
/**
 * A script that is being run and uses no CPU for this long: V8 has put the thread to sleep for good, which it does
 * when an isolate runs out of memory in a way that cannot be caught.
 */
const ASLEEP_MS = 300;
/** Silence with work at hand and no script running: asked after the first time, killed after the second. */
const SILENCE_MS = 2000;
/** A child that dies before it is ready is not started again at once. */
const RESTART_DELAY_MS = 500;

/** The child died before it answered. */
export interface Lost {
  readonly type: "lost";
  /** The limit this very request broke; undefined when it is innocent, or nobody can tell. */
  readonly fault: "CPU_LIMIT" | "TIMEOUT" | "MEMORY_LIMIT" | "CRASH" | undefined;
  /** Something else was running when the child died. */
  readonly innocent: boolean;
  /** How far matching had come, for a careful request. */
  readonly step: number;
}

interface Work {
  readonly member: Member;
  readonly settle: (answer: Answer | Lost) => void;
}

interface Member {
  readonly child: SandboxChild;
  readonly inFlight: Set<number>;
  pinged: boolean;
  /** Of the entry seen last. */
  dueAt: number;
  /** The entry that was seen to use no CPU, and since when. */
  asleep: { readonly dueAt: number; readonly ticks: number; readonly since: number } | undefined;
}

export interface Assignment {
  readonly role: ScriptRole;
  readonly message: (id: number) => ToChild;
  readonly parts?: readonly (Buffer | string)[];
  /** Gives the child what it must know first. */
  readonly prepare?: (child: SandboxChild) => void;
}

export class ChildPool implements AsyncDisposable {
  readonly #guest: Readonly<Record<string, string>>;
  readonly #max: number;
  readonly #log: Logger;
  #members: Member[] = [];
  readonly #work = new Map<number, Work>();
  #lastId = 0;
  #stopping = false;
  #watchdog: NodeJS.Timeout | undefined;
  #blockedUntil = 0;
  /** Why the last child that was started could not run; undefined while children can. */
  #problem: string | undefined;

  constructor(guest: Readonly<Record<string, string>>, max: number, log: Logger) {
    this.#guest = guest;
    this.#max = max;
    this.#log = log;
    this.#spawn();
  }

  /** Process ids of the children alive, for whoever counts memory. */
  get pids(): readonly number[] {
    return this.#members.flatMap(({ child }) => child.pid ?? []);
  }

  /** Undefined when scripts can be run. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async request({ role, message, parts, prepare }: Assignment): Promise<Answer | Lost> {
    const member = await this.#choose(role);
    if (member === undefined) return { type: "lost", fault: undefined, innocent: true, step: 0 };
    prepare?.(member.child);
    this.#lastId += 1;
    const id = this.#lastId;
    member.inFlight.add(id);
    this.#watchdog ??= setInterval(() => this.#watch(), WATCH_EVERY_MS);
    return new Promise((settle) => {
      this.#work.set(id, { member, settle });
      member.child.send(message(id), parts);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watchdog);
    for (const { child } of this.#members) child.kill("stopping");
    while (this.#members.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Matching keeps to the first child, functions to the others, so that a slow function does not hold up an answer. */
  async #choose(role: ScriptRole): Promise<Member | undefined> {
    while (this.#members.length === 0 && !this.#stopping) {
      const waitMs = this.#blockedUntil - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.#members.length === 0 && !this.#stopping) this.#spawn();
    }
    const mayGrow = this.#members.length < this.#max && performance.now() >= this.#blockedUntil;
    if (role === "function" && mayGrow && !this.#stopping) this.#spawn();
    const [first, ...others] = this.#members;
    const ready = others.filter(({ child }) => child.isReady);
    // Until one of the others is up, nobody waits for it.
    if (role === "match" || ready.length === 0) return first;
    return ready.reduce((least, next) => (next.inFlight.size < least.inFlight.size ? next : least));
  }

  #spawn(): void {
    try {
      this.#members.push(this.#newMember());
    } catch (err) {
      // Out of file descriptors or of room in the temporary folder: main goes on, and tries again a little later.
      this.#problem = err instanceof Error ? err.message : String(err);
      this.#log.error({ err }, "sandbox child could not be started");
      this.#blockedUntil = performance.now() + RESTART_DELAY_MS;
    }
  }

  #newMember(): Member {
    const inFlight = new Set<number>();
    const child = new SandboxChild(this.#guest, {
      onMessage: (message) => {
        // An id this child was not given is not to be believed.
        if (inFlight.has(message.id)) this.#settle(message.id, message);
        else child.kill("protocol");
      },
      onReady: () => {
        this.#problem = undefined;
      },
      onExit: (exit) => this.#bury(member, exit),
    });
    const member: Member = { child, inFlight, pinged: false, dueAt: 0, asleep: undefined };
    return member;
  }

  #settle(id: number, answer: Answer | Lost): void {
    const work = this.#work.get(id);
    if (work === undefined) return;
    this.#work.delete(id);
    work.member.inFlight.delete(id);
    if (this.#work.size === 0) {
      clearInterval(this.#watchdog);
      this.#watchdog = undefined;
    }
    work.settle(answer);
  }

  #bury(member: Member, exit: ChildExit): void {
    this.#members = this.#members.filter((other) => other !== member);
    const { mark, reason, stderr } = exit;
    const limit = mark.catastrophic ? "MEMORY_LIMIT" : faultOf(reason);
    const culprit = exit.culprit ?? mark.id;
    for (const id of member.inFlight) {
      const fault = id === culprit ? limit : undefined;
      // What a child never came to start is no suspect either.
      const innocent = !exit.wasReady || (culprit !== 0 && id !== culprit);
      this.#settle(id, { type: "lost", fault, innocent, step: mark.step });
    }
    if (this.#stopping) return;
    const { pid } = member.child;
    this.#log.warn(
      { pid, reason, running: culprit, catastrophic: mark.catastrophic },
      "sandbox child ended",
    );
    // One that was running something had started, whether or not it came to say so.
    if (!exit.wasReady && culprit === 0) {
      this.#problem = stderr.trim() || "it ended without a word";
      this.#log.error({ stderr }, "sandbox child could not start");
      this.#blockedUntil = performance.now() + RESTART_DELAY_MS;
    } else if (this.#members.length === 0) this.#spawn();
  }

  #watch(): void {
    for (const member of this.#members) if (member.inFlight.size > 0) this.#watchMember(member);
  }

  #watchMember(member: Member): void {
    const now = monotonicMs();
    const { child } = member;
    const mark = child.mark();
    // Going from one script to the next is a sign of life too.
    if (mark.dueAt !== member.dueAt) child.heardAt = performance.now();
    member.dueAt = mark.dueAt;
    if (mark.id !== 0 && now > mark.dueAt + GRACE_MS) child.kill(mark.limit);
    else if (child.residentBytes() > MAX_RESIDENT_BYTES) child.kill("MEMORY_LIMIT");
    else if (mark.id === 0) this.#watchSilence(member);
    else if (isAsleep(member, mark.dueAt, now)) child.kill("MEMORY_LIMIT");
  }

  #watchSilence(member: Member): void {
    const silentMs = performance.now() - member.child.heardAt;
    if (silentMs < SILENCE_MS) member.pinged = false;
    else if (!member.pinged) {
      member.pinged = true;
      member.child.send({ type: "ping" });
    } else if (silentMs > 2 * SILENCE_MS) member.child.kill("unresponsive");
  }
}

function isAsleep(member: Member, dueAt: number, now: number): boolean {
  const ticks = member.child.asleepSinceTicks();
  const before = member.asleep;
  if (ticks === undefined) member.asleep = undefined;
  else if (before?.dueAt !== dueAt || before.ticks !== ticks)
    member.asleep = { dueAt, ticks, since: now };
  return member.asleep !== undefined && now - member.asleep.since > ASLEEP_MS;
}

function faultOf(reason: ChildExit["reason"]): Lost["fault"] {
  if (reason === "protocol") return "CRASH";
  return reason === "unresponsive" || reason === "stopping" ? undefined : reason;
}
