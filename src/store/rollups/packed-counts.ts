/**
 * The counts of one row of `rollup` as bytes. They are read thousands at a time, so they are lists of small numbers
 * instead of rows: a format byte, the number of messages' tuples, these, and the tuples of executions. A number has seven bits in
 * each byte, least first; the highest bit says that another byte follows.
 */

/** `[provider, status, count]`; names are numbers of `rollup_name`, and 0 is no provider. */
export const MESSAGE_TUPLE = 3;
/** `[function, provider, status of the message, status, duration class, count]` */
export const EXECUTION_TUPLE = 6;

const FORMAT = 1;

export type Tuple = readonly number[];

export interface TupleVisitor {
  /** The tuple is only valid during the call. */
  readonly message: (tuple: Tuple) => void;
  readonly execution: (tuple: Tuple) => void;
}

export function visitCounts(bytes: Uint8Array, visitor: TupleVisitor): void {
  let at = 1;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      if (byte < 128) return value + byte * scale;
      value += (byte - 128) * scale;
    }
  };
  const message = [0, 0, 0];
  for (let left = next(); left > 0; left--) {
    for (let index = 0; index < MESSAGE_TUPLE; index++) message[index] = next();
    visitor.message(message);
  }
  const execution = [0, 0, 0, 0, 0, 0];
  while (at < bytes.length) {
    for (let index = 0; index < EXECUTION_TUPLE; index++) execution[index] = next();
    visitor.execution(execution);
  }
}

/** Counts that can be added up. Tuples that differ only in their count are one. */
export class CountSums {
  readonly #messages = new Map<string, number[]>();
  readonly #executions = new Map<string, number[]>();

  static from(bytes: Uint8Array): CountSums {
    const sums = new CountSums();
    visitCounts(bytes, {
      message: (tuple) => sums.addMessage(tuple),
      execution: (tuple) => sums.addExecution(tuple),
    });
    return sums;
  }

  addMessage(tuple: Tuple): void {
    add(this.#messages, tuple, 1);
  }

  addExecution(tuple: Tuple): void {
    add(this.#executions, tuple, 1);
  }

  /** Adds all counts of `other` this many times; -1 takes them away. */
  addAll(other: CountSums, times: 1 | -1): void {
    for (const tuple of other.#messages.values()) add(this.#messages, tuple, times);
    for (const tuple of other.#executions.values()) add(this.#executions, tuple, times);
  }

  get isEmpty(): boolean {
    return this.#messages.size === 0 && this.#executions.size === 0;
  }

  toBytes(): Buffer {
    const bytes: number[] = [FORMAT];
    const put = (value: number) => {
      let rest = value;
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
      bytes.push(rest);
    };
    put(this.#messages.size);
    for (const tuple of this.#messages.values()) tuple.forEach(put);
    for (const tuple of this.#executions.values()) tuple.forEach(put);
    return Buffer.from(bytes);
  }
}

function add(sums: Map<string, number[]>, tuple: Tuple, times: 1 | -1): void {
  const names = tuple.slice(0, -1);
  const key = names.join();
  const count = (tuple.at(-1) ?? 0) * times + (sums.get(key)?.at(-1) ?? 0);
  if (count > 0) sums.set(key, [...names, count]);
  else sums.delete(key);
}
