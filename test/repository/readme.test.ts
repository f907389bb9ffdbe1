/** The generated sections of the guides. */
import { expect, test } from "vitest";
import { summary } from "../../scripts/bench/summary.ts";
import { commandHelp } from "../../scripts/command-help.ts";
import { readSection } from "../../scripts/readme-section.ts";
import { clientSettingsTable, settingsTable } from "../../scripts/settings-table.ts";
import { storyOutline } from "../../scripts/story-outline.ts";

test.each([
  ["settings", settingsTable],
  ["client-settings", clientSettingsTable],
  ["story", storyOutline],
  ["command", commandHelp],
  ["bench-summary", () => summary(readSection("bench"))],
] as const)("the section %s is what its source makes", (name, make) => {
  expect(readSection(name), "run npm run docs").toBe(make());
});
