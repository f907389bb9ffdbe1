/** Whether the providers and functions of this machine load, and have the secrets they verify with. */
import { openCatalogue } from "../../catalogue/catalogue.ts";
import type { Config } from "../../config.ts";
import { HookyardError } from "../../errors.ts";
import { createLogger } from "../../logger.ts";
import type { Provider } from "../../model/definition.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const CHECK = "scripts";

export async function scripts(config: Config): Promise<readonly Finding[]> {
  try {
    await using catalogue = await openCatalogue(config, createLogger("silent"));
    const { providers } = catalogue;
    return [
      ok(CHECK, `${providers.length} providers and their functions load in a sandbox`),
      secrets(providers.filter(({ active }) => active)),
    ];
  } catch (error) {
    if (!(error instanceof HookyardError)) throw error;
    const remedy = "`hookyard start` says where and why; mend it there";
    return [problem(CHECK, error.message, remedy)];
  }
}

/** A provider that has one of its secrets is configured. */
function secrets(active: readonly Provider[]): Finding {
  const check = "secrets";
  const unset = active.filter(({ verification, properties }) => {
    const own = properties.filter(({ secret }) => secret);
    return (
      verification !== "off" && own.length > 0 && own.every(({ values }) => values.length === 0)
    );
  });
  const [first] = unset;
  if (first === undefined) return ok(check, "every active provider has one");
  const property = first.properties.find(({ secret }) => secret)?.name ?? "secret";
  const remedy = `set those you use, for example with \`hookyard secret set ${first.name} ${property}\` or the variable that providers/${first.name}/provider.json names`;
  const refused = unset.filter(({ verification }) => verification === "enforce");
  if (refused.length > 0)
    return problem(check, `none for ${namesOf(refused)}: every message is refused`, remedy);
  return warning(check, `none for ${namesOf(unset)}: nothing proves these senders`, remedy);
}

const namesOf = (providers: readonly Provider[]): string =>
  providers.map(({ name }) => name).join(", ");
