/**
 * Writes what is generated: sections of the guides (settings, help of the command, story, catalogue), pages of the
 * providers, and the types of the API for the console.
 */
import { writeFileSync } from "node:fs";
import { API_TYPES, apiTypes } from "./api-types.ts";
import { commandHelp } from "./command-help.ts";
import { catalogue, providerPages } from "./provider-pages.ts";
import { writeSection } from "./readme-section.ts";
import { clientSettingsTable, settingsTable } from "./settings-table.ts";
import { storyOutline } from "./story-outline.ts";

writeSection("settings", settingsTable());
writeSection("client-settings", clientSettingsTable());
writeSection("command", commandHelp());
writeSection("story", storyOutline());
writeSection("catalogue", await catalogue());
for (const [path, text] of await providerPages()) writeFileSync(path, text);
writeFileSync(API_TYPES, await apiTypes());
