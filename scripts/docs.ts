/** Writes the README's table of settings from the schema that reads them. */
import { writeReadmeSection } from "./readme-section.ts";
import { settingsTable } from "./settings-table.ts";

writeReadmeSection("settings", settingsTable());
