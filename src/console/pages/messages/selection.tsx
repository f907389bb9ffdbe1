/** The messages that are selected, and what can be done with them. */
import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { counted } from "../../components/amounts.ts";
import { Icon } from "../../components/icon.tsx";
import { useShortcuts } from "../../components/shortcuts.ts";
import type { Filter } from "./filter.ts";
import { type Chosen, ResubmitMany } from "./resubmit-many.tsx";

export function SelectionBar({
  selected,
  filter,
  onClear,
}: {
  readonly selected: ReadonlySet<string>;
  readonly filter: Filter;
  readonly onClear: () => void;
}) {
  const [chosen, setChosen] = useState<Chosen>();
  const some = () => {
    if (selected.size > 0) setChosen({ kind: "ids", ids: [...selected] });
  };
  const all = () =>
    setChosen({ kind: "filter", filter, before: new Date(Date.now() + 1).toISOString() });
  useShortcuts([{ key: "r", does: "Resubmit the selected messages", run: some }]);
  const isFiltered = Object.keys(filter).some((name) => name !== "resubmitted");
  const close = () => {
    setChosen(undefined);
    onClear();
  };
  return (
    <>
      {selected.size === 0 ? null : (
        <Group gap="xs">
          <Text size="sm">{counted(selected.size, "message")} selected</Text>
          <Button leftSection={<Icon name="again" size={14} />} onClick={some}>
            Resubmit them
          </Button>
          <Button variant="default" onClick={onClear}>
            Clear
          </Button>
        </Group>
      )}
      {isFiltered && selected.size === 0 ? (
        <Button variant="default" leftSection={<Icon name="again" size={14} />} onClick={all}>
          Resubmit all that fit
        </Button>
      ) : null}
      <ResubmitMany chosen={chosen} onClose={close} />
    </>
  );
}
