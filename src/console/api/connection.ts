/** Whether the server answers. When it stops, the console asks `/healthz` until it is back. */
import { useSyncExternalStore } from "react";

const ASK_EVERY_MS = 2000;

let lostAt: number | undefined;
const listeners = new Set<() => void>();
const onReturn = new Set<() => void>();

function set(value: number | undefined): void {
  lostAt = value;
  for (const listener of listeners) listener();
}

/** Call it when a request got no answer. */
export function connectionLost(): void {
  if (lostAt !== undefined) return;
  set(Date.now());
  ask();
}

const isUp = (): Promise<boolean> =>
  fetch("/healthz").then(
    ({ ok }) => ok,
    () => false,
  );

/** Call it when a stream ended: the server may have ended it for another reason. */
export async function checkConnection(): Promise<void> {
  if (!(await isUp())) connectionLost();
}

function ask(): void {
  setTimeout(async () => {
    if (!(await isUp())) return ask();
    set(undefined);
    for (const call of onReturn) call();
  }, ASK_EVERY_MS);
}

/** Calls `call` each time that the server is back. */
export function whenBack(call: () => void): () => void {
  onReturn.add(call);
  return () => onReturn.delete(call);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** When the connection was lost, or undefined. */
export const useLostAt = (): number | undefined => useSyncExternalStore(subscribe, () => lostAt);
