/** Whether providers and functions load, and have the secrets they verify with. */
import { openCatalogue } from "../../catalogue/catalogue.ts";
import type { Config } from "../../config.ts";
import { HookyardError } from "../../errors.ts";
import { createLogger } from "../../logger.ts";
import type { Api } from "../api.ts";
import { Failure } from "../failure.ts";
import { KINDS } from "../scripts/definition.ts";
import { type Listed, listRemote } from "../scripts/remote.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const CHECK = "scripts";

interface Verifying {
  readonly name: string;
  readonly active: boolean;
  readonly verification: string;
  readonly properties: readonly {
    readonly name: string;
    readonly secret: boolean;
    readonly set: boolean;
  }[];
}

/** As a start of the server would find them on this machine. */
export async function scriptsHere(config: Config): Promise<readonly Finding[]> {
  try {
    await using catalogue = await openCatalogue(config, createLogger("silent"));
    const providers = catalogue.providers.map(({ properties, ...rest }): Verifying => {
      const set = properties.map((one) => ({ ...one, set: one.values.length > 0 }));
      return { ...rest, properties: set };
    });
    const found = `${providers.length} providers and their functions load in a sandbox`;
    return [ok(CHECK, found), secrets(providers)];
  } catch (error) {
    if (!(error instanceof HookyardError)) throw error;
    const remedy = "`hookyard start` says where and why; mend it there";
    return [problem(CHECK, error.message, remedy)];
  }
}

/** As the server has them; undefined when it does not tell the token. */
export async function scriptsOn(api: Api): Promise<readonly Finding[] | undefined> {
  try {
    const [providers, functions] = await Promise.all(KINDS.map((kind) => listRemote(api, kind)));
    const all = [...(providers ?? []), ...(functions ?? [])];
    const broken = all.filter(({ problem: found }) => found != null);
    const state = ok(
      CHECK,
      `${providers?.length} providers and ${functions?.length} functions are in use`,
    );
    return [
      ...(broken.length === 0 ? [state] : broken.map(brokenOne)),
      secrets((providers ?? []).map(verifying)),
    ];
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

const brokenOne = ({ name, problem: found }: Listed): Finding =>
  problem(
    `script of ${name}`,
    found ?? "",
    "mend it there; until then the last good version is used",
  );

const verifying = ({ name, active, verification = "off", properties = [] }: Listed): Verifying => ({
  name,
  active,
  verification,
  properties: properties.map(({ secret = false, set = false, ...one }) => ({
    name: one.name,
    secret,
    set,
  })),
});

/** A provider that has one of its secrets is configured. */
function secrets(providers: readonly Verifying[]): Finding {
  const check = "secrets";
  const unset = providers.filter(({ active, verification, properties }) => {
    const own = properties.filter(({ secret }) => secret);
    return active && verification !== "off" && own.length > 0 && own.every(({ set }) => !set);
  });
  const [first] = unset;
  if (first === undefined) return ok(check, "every active provider has one");
  const property = first.properties.find(({ secret }) => secret)?.name ?? "secret";
  const remedy = `set those you use, for example with \`hookyard secret set ${first.name} ${property}\` or the variable that its provider.json names`;
  const refused = unset.filter(({ verification }) => verification === "enforce");
  if (refused.length > 0)
    return problem(check, `none for ${namesOf(refused)}: every message is refused`, remedy);
  return warning(check, `none for ${namesOf(unset)}: nothing proves these senders`, remedy);
}

const namesOf = (providers: readonly Verifying[]): string =>
  providers.map(({ name }) => name).join(", ");
