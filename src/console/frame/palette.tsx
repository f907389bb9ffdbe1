/** The command palette (Ctrl-K): pages, and a message by its id. */
import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../api/session.ts";
import { Icon } from "../components/icon.tsx";
import { NAVIGATION } from "./entries.ts";
import { openShortcutHelp } from "./shortcut-help.tsx";

/** Six characters at least: fewer would match by chance. */
const ID_START = /^[0-9a-f]{6,8}[0-9a-f-]*$/;

export function Palette() {
  const may = useMay();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const text = query.trim();
  const pages = NAVIGATION.flat()
    .filter(({ needs }) => may(needs))
    .map(
      ({ to, label, icon }): SpotlightActionData => ({
        id: to,
        label,
        description: "Page",
        leftSection: <Icon name={icon} />,
        onClick: () => void navigate({ to }),
      }),
    );
  const open: SpotlightActionData = {
    id: "message",
    label: `Open the message ${text}`,
    keywords: text,
    onClick: () => void navigate({ to: "/messages/$id", params: { id: text } }),
  };
  const search: SpotlightActionData = {
    id: "search",
    label: `Search messages for “${text}”`,
    keywords: text,
    onClick: () => void navigate({ to: "/messages", search: { q: text } }),
  };
  const help: SpotlightActionData = {
    id: "help",
    label: "Keyboard shortcuts",
    leftSection: <Icon name="help" />,
    onClick: openShortcutHelp,
  };
  const actions = [
    ...(ID_START.test(text) ? [open] : []),
    ...pages,
    help,
    ...(text !== "" && may("messages:details") ? [search] : []),
  ];
  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      shortcut={["mod + K"]}
      nothingFound="Nothing fits. Type the name of a page, or the start of a message's id."
      highlightQuery
      searchProps={{
        placeholder: "Go to a page, open a message by its id, search",
        "aria-label": "Go to or do",
      }}
    />
  );
}
