/** JSON as a tree with search. Only the rows in view are in the page. */
import { TextInput } from "@mantine/core";
import { useDeferredValue, useMemo, useState } from "react";
import { counted } from "../../components/amounts.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { Icon } from "../../components/icon.tsx";
import { foundRows, isOpenAtFirst, type JsonRow, valueText, visibleRows } from "./json-rows.ts";
import classes from "./message.module.css";
import { VirtualRows } from "./virtual-rows.tsx";

const INDENT_REM = 1.1;
const MAX_INDENT = 24;

export function JsonTree({ text }: { readonly text: string }) {
  const value = useMemo((): unknown => JSON.parse(text), [text]);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [sought, setSought] = useState("");
  const wanted = useDeferredValue(sought);
  const rows = useMemo(
    () =>
      wanted === ""
        ? visibleRows(value, (row) => isOpenAtFirst(row) !== toggled.has(row.path))
        : foundRows(value, wanted),
    [value, toggled, wanted],
  );
  const toggle = (path: string) =>
    setToggled(
      new Set(toggled.has(path) ? [...toggled].filter((one) => one !== path) : [...toggled, path]),
    );
  return (
    <>
      <TextInput
        aria-label="Search in the tree"
        placeholder="Search names and values"
        value={sought}
        onChange={(event) => setSought(event.currentTarget.value)}
        description={wanted === "" ? undefined : counted(rows.length, "place")}
        mb={4}
      />
      <VirtualRows
        label="JSON"
        count={rows.length}
        rowPx={24}
        render={(index) => {
          const row = rows[index];
          return row === undefined ? null : (
            <TreeRow
              row={row}
              isFlat={wanted !== ""}
              isOpen={isOpenAtFirst(row) !== toggled.has(row.path)}
              onToggle={() => toggle(row.path)}
            />
          );
        }}
      />
    </>
  );
}

function TreeRow({
  row,
  isFlat,
  isOpen,
  onToggle,
}: {
  readonly row: JsonRow;
  readonly isFlat: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}) {
  const indent = isFlat ? 0 : Math.min(row.depth, MAX_INDENT) * INDENT_REM;
  const name = isFlat ? row.path : row.name;
  return (
    <div className={`${classes["tree"]} mono`} style={{ paddingInlineStart: `${indent}rem` }}>
      {row.size === undefined || isFlat ? (
        <span className={classes["leaf"]} />
      ) : (
        <button
          type="button"
          className={classes["toggle"]}
          aria-expanded={isOpen}
          aria-label={row.path}
          onClick={onToggle}
        >
          <Icon name={isOpen ? "down" : "next"} size={12} />
        </button>
      )}
      <span className={`${classes["name"]} foreign`}>{name}</span>
      <span className={`${classes["value"]} foreign one-line`}>{valueText(row)}</span>
      <span className={classes["copy"]}>
        <CopyButton text={row.path} label={`Copy the path ${row.path.slice(0, 80)}`} />
      </span>
    </div>
  );
}
