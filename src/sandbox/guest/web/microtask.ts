/** `queueMicrotask`. An error in its callback ends the run, like an unhandled rejection. */
import { requireCallback } from "./conversion.ts";

const { apply } = Reflect;
const { then } = Promise.prototype;
const settled = Promise.resolve();

const functions = {
  queueMicrotask(callback: unknown): void {
    const call = requireCallback("queueMicrotask", callback);
    // The callback's return value must not be awaited.
    const run = () => void call();
    apply(then, settled, [run]);
  },
};

/** A method, since a function would have a `prototype` on which a run could leave data. */
export const queueMicrotask = functions.queueMicrotask;
