import type { z } from "zod";
import { CLIENT_SETTINGS_SCHEMA } from "../src/cli/client-config.ts";
import { SETTINGS_SCHEMA } from "../src/settings.ts";

/** The settings of the server as a Markdown table, from their schema. */
export const settingsTable = (): string => tableOf(SETTINGS_SCHEMA);

/** The settings of the command `hookyard`. */
export const clientSettingsTable = (): string => tableOf(CLIENT_SETTINGS_SCHEMA);

function tableOf({ shape }: z.ZodObject): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const parsed = schema.safeParse(undefined);
    const isCores = name === "SANDBOX_PROCESSES";
    const value =
      parsed.success && parsed.data !== undefined && !isCores ? `\`${String(parsed.data)}\`` : "";
    return `| \`HOOKYARD_${name}\` | ${value === "``" ? "" : value} | ${schema.description ?? ""} |`;
  });
  return ["| variable | default | meaning |", "|---|---|---|", ...rows].join("\n");
}
