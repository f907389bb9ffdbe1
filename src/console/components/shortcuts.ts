/** Keyboard shortcuts of the page that is shown. The help (`?`) lists them. */
import { type RefObject, useEffect, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** A key as `KeyboardEvent.key` names it, without modifiers: `j`, `Enter`, `?`. */
  readonly key: string;
  /** What it does: "Open the message". */
  readonly does: string;
  readonly run: () => void;
}

/** Of each component that is shown, its shortcuts as of its last render. */
type Entry = RefObject<readonly Shortcut[]>;

let entries: readonly Entry[] = [];
const listeners = new Set<() => void>();

function change(next: readonly Entry[]): void {
  entries = next;
  for (const listener of listeners) listener();
}

/** The shortcuts are active while the component is shown. Those of a component that is shown later win. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const entry = useRef(shortcuts);
  useEffect(() => {
    entry.current = shortcuts;
  }, [shortcuts]);
  useEffect(() => {
    change([...entries, entry]);
    return () => change(entries.filter((one) => one !== entry));
  }, []);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useActiveShortcuts = (): readonly Shortcut[] =>
  useSyncExternalStore(subscribe, () => entries).flatMap(({ current }) => current);

/** Keys that are typed into a field, and keys with a modifier, are not shortcuts. */
function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const { target } = event;
  if (target instanceof HTMLElement && isTakingKeys(target, event.key)) return;
  const shortcut = entries
    .flatMap(({ current }) => current)
    .findLast(({ key }) => key === event.key);
  if (shortcut === undefined) return;
  event.preventDefault();
  shortcut.run();
}

function isTakingKeys(target: HTMLElement, key: string): boolean {
  if (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"))
    return true;
  if (target.closest("[role=dialog], [role=menu], [role=listbox]") !== null) return true;
  return key === "Enter" && target.matches("a, button, summary, [role=tab]");
}

document.addEventListener("keydown", onKey);
