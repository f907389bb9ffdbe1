/** Environment variables in definitions that arrive over the API. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";

const namedVariables = z.array(z.looseObject({ name: z.string(), env: z.string().optional() }));

/** Throws `bad_request` for a property with `env`: it would be kept and never read. */
export function assertNoVariables({ properties }: Readonly<Record<string, unknown>>): void {
  for (const { name, env } of namedVariables.safeParse(properties).data ?? [])
    if (env !== undefined) {
      const detail = `property ${name}: found env ${JSON.stringify(env)}, expected none: only provider.json in a folder of the server can name environment variables, because a token for scripts must not read the server's environment; leave env out, and set the value with PUT /api/v1/providers/<provider>/properties/${encodeURIComponent(name)} or \`hookyard secret set <provider> ${name}\``;
      throw new HookyardError("bad_request", detail);
    }
}
