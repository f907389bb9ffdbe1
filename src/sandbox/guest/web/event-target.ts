// biome-ignore-all lint/complexity/noArguments: a missing argument is an error, `undefined` is text.
/** `EventTarget`: listeners by type, called in the order of registration. */
import { isCallable, isObject, readOptions, requireArguments, toText } from "./conversion.ts";
import { Event, type EventState, stateOf } from "./event.ts";
import { queueMicrotask } from "./microtask.ts";
import { finishClass } from "./platform-class.ts";

interface Listener {
  readonly callback: object;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  isRemoved: boolean;
}

interface ListenerOptions {
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  readonly signal: unknown;
}

function readListenerOptions(options: unknown): ListenerOptions {
  const settings =
    typeof options === "boolean" ? { capture: options } : readOptions("listener", options);
  return {
    capture: Boolean(Reflect.get(settings, "capture")),
    once: Boolean(Reflect.get(settings, "once")),
    passive: Boolean(Reflect.get(settings, "passive")),
    signal: Reflect.get(settings, "signal"),
  };
}

/** A listener is a function, or an object with `handleEvent`, which is looked up for each event. */
function callListener(callback: object, target: object, event: Event): void {
  if (isCallable(callback)) return void Reflect.apply(callback, target, [event]);
  const handle: unknown = Reflect.get(callback, "handleEvent");
  if (isCallable(handle)) return void Reflect.apply(handle, callback, [event]);
  throw new TypeError("EventTarget: the listener has no handleEvent function");
}

export class EventTarget {
  readonly #listeners = new Map<string, Listener[]>();

  addEventListener(type: unknown, callback: unknown, options?: unknown): void {
    requireArguments("EventTarget.addEventListener", arguments.length, 2);
    const settings = readListenerOptions(options);
    const key = toText(type);
    const list = this.#listeners.get(key) ?? [];
    if (callback === undefined || callback === null) return;
    if (!isObject(callback))
      throw new TypeError(
        `EventTarget: the listener is of type ${typeof callback}, not a function`,
      );
    const { capture, once, passive, signal } = settings;
    if (list.some((one) => one.callback === callback && one.capture === capture)) return;
    if (signal !== undefined && !onceAborted(signal, () => this.#remove(key, callback, capture)))
      return;
    this.#listeners.set(key, [...list, { callback, capture, once, passive, isRemoved: false }]);
  }

  removeEventListener(type: unknown, callback: unknown, options?: unknown): void {
    requireArguments("EventTarget.removeEventListener", arguments.length, 2);
    const { capture } = readListenerOptions(options);
    this.#remove(toText(type), callback, capture);
  }

  dispatchEvent(event: unknown): boolean {
    requireArguments("EventTarget.dispatchEvent", arguments.length, 1);
    const state = isObject(event) ? stateOf(event) : undefined;
    if (!(event instanceof Event) || state === undefined)
      throw new TypeError(`EventTarget: ${typeof event} was given, an Event was expected`);
    if (state.isDispatching) {
      const message = "EventTarget: the event is already being dispatched";
      throw Object.assign(new Error(message), { code: "ERR_EVENT_RECURSION" });
    }
    this.#dispatch(event, state);
    return !event.defaultPrevented;
  }

  #dispatch(event: Event, state: EventState): void {
    Object.assign(state, { target: this, isDispatching: true, isStopped: false });
    for (const listener of this.#listeners.get(event.type) ?? []) {
      if (state.isStopped) break;
      if (listener.isRemoved) continue;
      if (listener.once) this.#remove(event.type, listener.callback, listener.capture);
      state.isPassive = listener.passive;
      try {
        callListener(listener.callback, this, event);
      } catch (error) {
        // As in Node, the other listeners still run, and the error ends the run as an unhandled one.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    Object.assign(state, { isDispatching: false, isPassive: false });
  }

  #remove(type: string, callback: unknown, capture: boolean): void {
    const list = this.#listeners.get(type) ?? [];
    const gone = list.find((one) => one.callback === callback && one.capture === capture);
    if (gone === undefined) return;
    gone.isRemoved = true;
    this.#listeners.set(
      type,
      list.filter((one) => one !== gone),
    );
  }
}

/** False if the signal has already been aborted. */
function onceAborted(signal: unknown, remove: () => void): boolean {
  if (!isObject(signal) || typeof Reflect.get(signal, "aborted") !== "boolean")
    throw new TypeError("EventTarget: the option signal is not an AbortSignal");
  if (Reflect.get(signal, "aborted") === true) return false;
  Reflect.apply(EventTarget.prototype.addEventListener, signal, ["abort", remove, { once: true }]);
  return true;
}

finishClass(EventTarget);
