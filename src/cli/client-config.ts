/** Finds the URL and token of the server for the command. */
import { z } from "zod";
import { describeProblems, loadEnvFile, settingsIn } from "../config.ts";
import { HookyardError } from "../errors.ts";
import { SETTINGS_SCHEMA } from "../settings.ts";
import { EXIT, Failure, usage } from "./failure.ts";

const schema = z.strictObject({
  URL: z
    .url({ protocol: /^https?$/, message: "expected http://<host> or https://<host>" })
    .optional()
    .describe("The server; when not set, the one that the settings of this machine describe."),
  TOKEN: z.string().min(1).optional().describe("Bearer token of the API."),
});

/** Every setting of the command, for the table in `src/cli/README.md`. */
export const CLIENT_SETTINGS_SCHEMA = schema;

export interface ClientConfig {
  /** Without a trailing slash. */
  readonly url: string;
  readonly token: string | undefined;
}

/**
 * Reads `.env` and the settings of the command; the option `url` overrides them. The server's own admin token is only
 * sent to the server that these settings describe. Throws a usage failure that lists all problems.
 */
export function readClientConfig(url?: string): ClientConfig {
  const all = settings();
  const clientSettings = Object.entries(all).filter(([name]) => !(name in SETTINGS_SCHEMA.shape));
  const values = {
    ...Object.fromEntries(clientSettings),
    ...(url === undefined ? {} : { URL: url }),
  };
  const parsed = schema.safeParse(values);
  if (!parsed.success)
    throw new Failure(describeProblems(parsed.error, values), { exitCode: EXIT.usage });
  const { URL: configured, TOKEN: token } = parsed.data;
  return {
    url: (configured ?? addressIn(all)).replace(/\/+$/, ""),
    token: token ?? (configured === undefined ? all["ADMIN_TOKEN"] : undefined),
  };
}

function settings(): ReturnType<typeof settingsIn> {
  try {
    loadEnvFile();
    return settingsIn();
  } catch (cause) {
    if (!(cause instanceof HookyardError)) throw cause;
    throw new Failure(cause.message, { exitCode: EXIT.usage, cause });
  }
}

/** The address on which the server of these settings listens. */
function addressIn({ HOST: host = "127.0.0.1", PORT }: ReturnType<typeof settingsIn>): string {
  const parsed = z.object({ PORT: SETTINGS_SCHEMA.shape.PORT }).safeParse({ PORT });
  if (!parsed.success)
    throw new Failure(describeProblems(parsed.error, { PORT }), { exitCode: EXIT.usage });
  const address = `http://${reachable(host)}:${parsed.data.PORT}`;
  if (host !== "" && URL.canParse(address)) return address;
  throw usage(
    `HOOKYARD_HOST: found ${JSON.stringify(host)}, expected an address or name of this machine, such as 127.0.0.1`,
  );
}

/** A server that listens on all addresses is reached on the loopback address. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
