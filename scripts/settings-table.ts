import { SETTINGS_SCHEMA } from "../src/config.ts";

/** The settings as a Markdown table, from the schema that reads them. */
export function settingsTable(): string {
  const rows = Object.entries(SETTINGS_SCHEMA.shape).map(([name, schema]) => {
    const parsed = schema.safeParse(undefined);
    const isCores = name === "SANDBOX_PROCESSES";
    const value =
      parsed.success && parsed.data !== undefined && !isCores ? `\`${String(parsed.data)}\`` : "";
    return `| \`HOOKYARD_${name}\` | ${value === "``" ? "" : value} | ${schema.description ?? ""} |`;
  });
  return ["| variable | default | meaning |", "|---|---|---|", ...rows].join("\n");
}
