/** `AbortController` and `AbortSignal`. There is no `AbortSignal.timeout`: an isolate has no timers. */
import { type Callable, isCallable, isObject } from "./conversion.ts";
import { DOMException } from "./dom-exception.ts";
import { Event, stateOf } from "./event.ts";
import { EventTarget } from "./event-target.ts";
import { finishClass } from "./platform-class.ts";

/** Creates a signal and controls it. Scripts never see a trigger. */
class Trigger {
  abort: (reason: unknown) => void = () => {};
  follow: (signals: Iterable<unknown>) => void = () => {};
  readonly signal = new AbortSignal(this);
}

function reasonOf(reason: unknown): unknown {
  return reason === undefined
    ? new DOMException("This operation was aborted", "AbortError")
    : reason;
}

export class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason: unknown;
  /** The signals that this one depends on, and those that depend on it. Only signals of controllers have dependents. */
  readonly #sources = new Set<AbortSignal>();
  readonly #dependents = new Set<AbortSignal>();
  #onAbort: Callable | null = null;
  #isListening = false;
  #isDependent = false;

  constructor(trigger?: unknown) {
    super();
    if (!(trigger instanceof Trigger))
      throw new TypeError("AbortSignal: Illegal constructor, use new AbortController().signal");
    trigger.abort = (reason) => this.#abort(reason);
    trigger.follow = (signals) => this.#follow(signals);
  }

  static abort(reason?: unknown): AbortSignal {
    const trigger = new Trigger();
    trigger.abort(reasonOf(reason));
    return trigger.signal;
  }

  static any(signals: Iterable<unknown>): AbortSignal {
    const trigger = new Trigger();
    trigger.follow(signals);
    return trigger.signal;
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  get onabort(): unknown {
    return this.#onAbort;
  }

  /** Keeps its position among the listeners when it is replaced. */
  set onabort(handler: unknown) {
    this.#onAbort = isCallable(handler) ? handler : null;
    if (this.#isListening || this.#onAbort === null) return;
    this.#isListening = true;
    super.addEventListener("abort", (event: unknown) => {
      if (this.#onAbort !== null) Reflect.apply(this.#onAbort, this, [event]);
    });
  }

  #abort(reason: unknown): void {
    if (!this.#mark(reason)) return;
    const following = [...this.#dependents].filter((signal) => signal.#mark(reason));
    this.#dependents.clear();
    // Listeners run after all dependent signals are marked.
    for (const signal of [this, ...following]) signal.#announce();
  }

  #mark(reason: unknown): boolean {
    if (this.#isAborted) return false;
    this.#isAborted = true;
    this.#reason = reason;
    return true;
  }

  #announce(): void {
    const event = new Event("abort");
    const state = stateOf(event);
    if (state !== undefined) state.isTrusted = true;
    super.dispatchEvent(event);
  }

  #follow(signals: Iterable<unknown>): void {
    const all = [...signals].map((value) => AbortSignal.#check(value));
    this.#isDependent = true;
    const aborted = all.find((signal) => signal.#isAborted);
    if (aborted !== undefined) this.#mark(aborted.#reason);
    else for (const signal of all) this.#dependOn(signal);
  }

  static #check(value: unknown): AbortSignal {
    if (isObject(value) && #isAborted in value) return value;
    throw new TypeError(`AbortSignal.any: ${typeof value} was found, an AbortSignal was expected`);
  }

  #dependOn(signal: AbortSignal): void {
    const sources = signal.#isDependent ? signal.#sources : [signal];
    for (const source of sources) {
      this.#sources.add(source);
      source.#dependents.add(this);
    }
  }
}

export class AbortController {
  readonly #trigger = new Trigger();

  get signal(): AbortSignal {
    return this.#trigger.signal;
  }

  abort(reason?: unknown): void {
    this.#trigger.abort(reasonOf(reason));
  }
}

finishClass(AbortSignal);
finishClass(AbortController);
