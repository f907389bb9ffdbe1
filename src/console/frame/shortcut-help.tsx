/** The help of the keyboard (`?`): what the keys of this page do. */
import { Kbd, Modal, Table } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useActiveShortcuts, useShortcuts } from "../components/shortcuts.ts";

let isOpen = false;
const listeners = new Set<() => void>();

function set(value: boolean): void {
  isOpen = value;
  for (const listener of listeners) listener();
}

export const openShortcutHelp = (): void => set(true);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function ShortcutHelp() {
  const isShown = useSyncExternalStore(subscribe, () => isOpen);
  useShortcuts([{ key: "?", does: "Show this help", run: openShortcutHelp }]);
  const shortcuts = useActiveShortcuts();
  return (
    <Modal opened={isShown} onClose={() => set(false)} title="Keyboard" closeButtonProps={CLOSE}>
      <Table>
        <Table.Tbody>
          <Row keys="Ctrl K" does="Go to a page, open a message, search" />
          {shortcuts.map(({ key, does }) => (
            <Row key={key} keys={key} does={does} />
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

const CLOSE = { "aria-label": "Close" };

const Row = ({ keys, does }: { readonly keys: string; readonly does: string }) => (
  <Table.Tr>
    <Table.Td w="6rem">
      <Kbd>{keys}</Kbd>
    </Table.Td>
    <Table.Td>{does}</Table.Td>
  </Table.Tr>
);
