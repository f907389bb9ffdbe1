/** Writes the README's tables of settings from the schemas that read them, the command's help, and the pages of the providers. */
import { writeFileSync } from "node:fs";
import { commandHelp } from "./command-help.ts";
import { providerPages } from "./provider-pages.ts";
import { writeReadmeSection } from "./readme-section.ts";
import { clientSettingsTable, settingsTable } from "./settings-table.ts";
import { storyOutline } from "./story-outline.ts";

writeReadmeSection("settings", settingsTable());
writeReadmeSection("client-settings", clientSettingsTable());
writeReadmeSection("command", commandHelp());
writeReadmeSection("story", storyOutline());
for (const [path, text] of await providerPages()) writeFileSync(path, text);
