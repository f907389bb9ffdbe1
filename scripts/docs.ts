/** Writes the README's table of settings from the schema that reads them, and the pages of the providers. */
import { writeFileSync } from "node:fs";
import { providerPages } from "./provider-pages.ts";
import { writeReadmeSection } from "./readme-section.ts";
import { settingsTable } from "./settings-table.ts";

writeReadmeSection("settings", settingsTable());
for (const [path, text] of await providerPages()) writeFileSync(path, text);
