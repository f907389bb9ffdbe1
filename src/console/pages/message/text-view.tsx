/** A long text in parts, with search. One part is in the page at a time: 25 MiB in one would hang the browser. */
import { ActionIcon, Group, Text, TextInput } from "@mantine/core";
import { Fragment, useMemo, useState } from "react";
import { countText } from "../../components/amounts.ts";
import { Icon } from "../../components/icon.tsx";
import classes from "./message.module.css";

const PART = 64 * 1024;
const MAX_MARKS = 500;

export function TextView({ text }: { readonly text: string }) {
  const [part, setPart] = useState(0);
  const [sought, setSought] = useState("");
  const lower = useMemo(() => text.toLowerCase(), [text]);
  const parts = Math.max(1, Math.ceil(text.length / PART));
  const shown = text.slice(part * PART, (part + 1) * PART);
  const seek = (value: string, from: number) => {
    setSought(value);
    const place = value === "" ? -1 : lower.indexOf(value.toLowerCase(), from);
    if (place >= 0) setPart(Math.floor(place / PART));
  };
  return (
    <>
      <Group gap="xs" mb={4}>
        <TextInput
          aria-label="Search in the text"
          placeholder="Search"
          value={sought}
          error={sought !== "" && !lower.includes(sought.toLowerCase())}
          onChange={(event) => seek(event.currentTarget.value, 0)}
          onKeyDown={(event) => {
            if (event.key === "Enter") seek(sought, (part + 1) * PART);
          }}
        />
        {parts === 1 ? null : (
          <Group gap={4}>
            <Step
              label="Previous part"
              icon="back"
              isOff={part === 0}
              onClick={() => setPart(part - 1)}
            />
            <Text size="sm">
              Part {countText(part + 1)} of {countText(parts)}
            </Text>
            <Step
              label="Next part"
              icon="next"
              isOff={part + 1 >= parts}
              onClick={() => setPart(part + 1)}
            />
          </Group>
        )}
      </Group>
      <pre className={`${classes["block"]} foreign`}>{marked(shown, sought)}</pre>
    </>
  );
}

const Step = ({
  label,
  icon,
  isOff,
  onClick,
}: {
  readonly label: string;
  readonly icon: "back" | "next";
  readonly isOff: boolean;
  readonly onClick: () => void;
}) => (
  <ActionIcon variant="default" aria-label={label} disabled={isOff} onClick={onClick}>
    <Icon name={icon} />
  </ActionIcon>
);

/** The text with the places that were sought marked. */
function marked(text: string, sought: string) {
  if (sought === "") return text;
  const lower = text.toLowerCase();
  const wanted = sought.toLowerCase();
  const pieces: { readonly at: number; readonly before: string; readonly found: string }[] = [];
  let end = 0;
  for (
    let at = lower.indexOf(wanted);
    at >= 0 && pieces.length < MAX_MARKS;
    at = lower.indexOf(wanted, end)
  ) {
    pieces.push({ at, before: text.slice(end, at), found: text.slice(at, at + wanted.length) });
    end = at + wanted.length;
  }
  return (
    <>
      {pieces.map(({ at, before, found }) => (
        <Fragment key={at}>
          {before}
          <mark>{found}</mark>
        </Fragment>
      ))}
      {text.slice(end)}
    </>
  );
}
