/** Checks that providers and functions load, and have the secrets for their verification. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openCatalogue } from "../../catalogue/catalogue.ts";
import type { Config } from "../../config.ts";
import { HookyardError } from "../../errors.ts";
import { createLogger } from "../../logger.ts";
import { modeInForce } from "../../model/verification-mode.ts";
import { functionFileSchema } from "../../registry/function-file.ts";
import { entriesOf } from "../../registry/load-entries.ts";
import type { Api } from "../api.ts";
import { Failure } from "../failure.ts";
import { KINDS } from "../scripts/definition.ts";
import { type Listed, listRemote } from "../scripts/remote.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { type Verifying, verification } from "./verification.ts";

const CHECK = "scripts";

const SHIPPED = new URL("../../../providers/", import.meta.url).pathname;

/** A provider that comes with the program has a page; one of the operator in the same folder usually has none. */
const isShipped = (name: string): boolean => existsSync(join(SHIPPED, name, "about.json"));

/** Loads the scripts on this machine as a start of the server would. */
export async function scriptsHere(config: Config): Promise<readonly Finding[]> {
  try {
    await using catalogue = await openCatalogue(config, createLogger("silent"));
    const used = await providersWithFunctions(config);
    const providers = catalogue.providers.map((one): Verifying => {
      const properties = one.properties.map(({ values, ...rest }) => ({
        ...rest,
        set: values.length > 0,
      }));
      const inForce = modeInForce(one, config.unverified);
      const isUsed = used.has(one.name);
      return { ...one, inForce, isUsed, isOwn: !isShipped(one.name), properties };
    });
    const found = `${providers.length} providers and their functions load in a sandbox`;
    return [ok(CHECK, found), ...verification(providers, config.variables)];
  } catch (error) {
    if (!(error instanceof HookyardError)) throw error;
    const remedy = "`hookyard start` logs where and why; fix it there";
    return [problem(CHECK, error.message, remedy)];
  }
}

/**
 * Checks the scripts on the server; undefined when the token may not list them. `variables` are those of this machine,
 * if the server runs on it.
 */
export async function scriptsOn(
  api: Api,
  variables: readonly string[],
): Promise<readonly Finding[] | undefined> {
  try {
    const [providers, functions] = await Promise.all(KINDS.map((kind) => listRemote(api, kind)));
    const all = [...(providers ?? []), ...(functions ?? [])];
    const broken = all.filter(({ problem: found }) => found != null);
    const state = ok(
      CHECK,
      `${providers?.length} providers and ${functions?.length} functions are in use`,
    );
    const ownFirst = broken.toSorted(
      (a, b) => Number(isShipped(a.name)) - Number(isShipped(b.name)),
    );
    return [
      ...(broken.length === 0 ? [state] : ownFirst.map(brokenScript)),
      ...verification(
        (providers ?? []).map((one) => verifying(one, ownersOf(functions ?? []))),
        variables,
      ),
    ];
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

const brokenScript = ({ name, problem: found }: Listed): Finding =>
  problem(
    `script of ${name}`,
    found ?? "",
    "fix the script; until then the last working version is used",
  );

/** Older servers do not report the mode in force. */
function verifying(one: Listed, used: ReadonlySet<string>): Verifying {
  const { name, active, verification: declared = "off", properties = [] } = one;
  return {
    name,
    active,
    verification: declared,
    inForce: one.verificationInForce ?? declared,
    isUsed: used.has(name),
    isOwn: one.source === "database" || !isShipped(name),
    properties: properties.map(({ secret = false, set = false, ...rest }) => ({
      name: rest.name,
      env: rest.env,
      secret,
      set,
    })),
  };
}

async function providersWithFunctions({ functionsDir }: Config): Promise<ReadonlySet<string>> {
  const place = { root: functionsDir, fileName: "function.json", scriptName: "index" };
  const entries = await entriesOf(place, functionFileSchema, []);
  const files = entries.flatMap((entry) => ("parts" in entry ? [entry.parts.file] : []));
  return ownersOf(files);
}

const ownersOf = (
  functions: readonly { readonly active: boolean; readonly provider?: string | undefined }[],
): ReadonlySet<string> =>
  new Set(functions.flatMap(({ active, provider }) => (active && provider ? [provider] : [])));
