/** `queueMicrotask`. What its callback throws ends the run, as a rejection nobody waited for does. */
import { requireCallback } from "./conversion.ts";

const { apply } = Reflect;
const { then } = Promise.prototype;
const settled = Promise.resolve();

const functions = {
  queueMicrotask(callback: unknown): void {
    const call = requireCallback("queueMicrotask", callback);
    // What the callback returns must not be waited for.
    const run = () => void call();
    apply(then, settled, [run]);
  },
};

/** A method, which unlike a function has no `prototype` on which a run could leave something. */
export const queueMicrotask = functions.queueMicrotask;
