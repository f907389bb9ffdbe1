// biome-ignore-all lint/complexity/noArguments: a missing argument is an error, `undefined` is text.
/** `Event`, as far as signals need it. There is no tree, so events do not propagate. */
import { readOptions, requireArguments, toText } from "./conversion.ts";
import { finishClass } from "./platform-class.ts";

export interface EventState {
  target: object | null;
  isDispatching: boolean;
  isStopped: boolean;
  isPassive: boolean;
  isTrusted: boolean;
}

const AT_TARGET = 2;
const now = Date.now;
const startedAt = now();
const states = new WeakMap<object, EventState>();

/** Undefined if `event` is not an event. */
export const stateOf = (event: object): EventState | undefined => states.get(event);

export class Event {
  readonly #type: string;
  readonly #bubbles: boolean;
  readonly #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp = now() - startedAt;
  readonly #state: EventState = {
    target: null,
    isDispatching: false,
    isStopped: false,
    isPassive: false,
    isTrusted: false,
  };
  #defaultPrevented = false;

  constructor(type: unknown, options?: unknown) {
    requireArguments("Event", arguments.length, 1);
    const settings = readOptions("Event", options);
    this.#type = toText(type);
    this.#bubbles = Boolean(Reflect.get(settings, "bubbles"));
    this.#cancelable = Boolean(Reflect.get(settings, "cancelable"));
    this.#composed = Boolean(Reflect.get(settings, "composed"));
    states.set(this, this.#state);
  }

  get type(): string {
    return this.#type;
  }

  get target(): object | null {
    return this.#state.target;
  }

  get currentTarget(): object | null {
    return this.#state.isDispatching ? this.#state.target : null;
  }

  get eventPhase(): number {
    return this.#state.isDispatching ? AT_TARGET : 0;
  }

  get bubbles(): boolean {
    return this.#bubbles;
  }

  get cancelable(): boolean {
    return this.#cancelable;
  }

  get composed(): boolean {
    return this.#composed;
  }

  get defaultPrevented(): boolean {
    return this.#defaultPrevented;
  }

  get timeStamp(): number {
    return this.#timeStamp;
  }

  get isTrusted(): boolean {
    return this.#state.isTrusted;
  }

  composedPath(): object[] {
    const { target, isDispatching } = this.#state;
    return isDispatching && target !== null ? [target] : [];
  }

  preventDefault(): void {
    if (this.#cancelable && !this.#state.isPassive) this.#defaultPrevented = true;
  }

  /** No effect: a target has no parents here. */
  stopPropagation(): void {
    void this.#state;
  }

  stopImmediatePropagation(): void {
    this.#state.isStopped = true;
  }
}

finishClass(Event);
