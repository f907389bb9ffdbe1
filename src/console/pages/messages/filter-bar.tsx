/** The filter, typed or chosen. It takes effect with Enter, or when the field is left. */
import { Select, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useShortcuts } from "../../components/shortcuts.ts";
import { type Filter, formatFilter, parseFilter, STATUSES } from "./filter.ts";
import classes from "./messages.module.css";

const SPANS = [
  { value: "15m", label: "Last 15 minutes" },
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
];

export function FilterBar({
  filter,
  onChange,
}: {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}) {
  const shown = formatFilter(filter);
  const [text, setText] = useState(shown);
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setText(shown);
    setProblem(undefined);
  }, [shown]);
  useShortcuts([{ key: "/", does: "Filter and search", run: () => field.current?.focus() }]);
  const apply = () => {
    const parsed = parseFilter(text);
    setProblem(parsed.problems[0]);
    if (parsed.problems.length === 0 && formatFilter(parsed.filter) !== shown)
      onChange(parsed.filter);
  };
  return (
    <search className={classes["filter"]}>
      <TextInput
        ref={field}
        aria-label="Filter"
        placeholder='provider:github status:FAILED "octo/hello"'
        value={text}
        error={problem}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={apply}
        onKeyDown={(event) => {
          if (event.key === "Enter") apply();
          if (event.key === "Escape") field.current?.blur();
        }}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        data={[...STATUSES]}
        value={filter.status ?? null}
        clearable
        clearButtonProps={{ "aria-label": "Any status" }}
        onChange={(status) => onChange(changed(filter, { status }))}
      />
      <Select
        aria-label="Time"
        placeholder={filter.from === undefined && filter.to === undefined ? "Any time" : "As typed"}
        data={SPANS}
        value={filter.last ?? null}
        clearable
        clearButtonProps={{ "aria-label": "Any time" }}
        onChange={(last) => onChange(changed(filter, { last, from: null, to: null }))}
      />
    </search>
  );
}

/** Null removes a part. */
export function changed(
  filter: Filter,
  changes: Readonly<Partial<Record<keyof Filter, string | null>>>,
): Filter {
  const all: Readonly<Partial<Record<keyof Filter, string | null>>> = { ...filter, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}
