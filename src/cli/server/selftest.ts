/** `selftest`: tests providers against their samples, forged variants of them, and each other; needs no server. */
import type { Command } from "commander";
import { type Catalogue, openCatalogue } from "../../catalogue/catalogue.ts";
import { type SelftestOptions, type SelftestResult, selftest } from "../../catalogue/selftest.ts";
import { selftestTable } from "../../catalogue/selftest-table.ts";
import { readConfig } from "../../config.ts";
import { createLogger, textDestination } from "../../logger.ts";
import type { GlobalOptions } from "../context.ts";
import { EXIT, usage } from "../failure.ts";
import { json } from "../print.ts";
import { progressTo } from "../progress.ts";

export async function testProviders(
  names: readonly string[],
  _options: object,
  command: Command,
): Promise<void> {
  const asJson = command.optsWithGlobals<GlobalOptions>().json === true;
  const { providersDir, functionsDir } = readConfig();
  const log = createLogger(asJson ? "silent" : "error", await textDestination());
  await using catalogue = await openCatalogue({ providersDir, functionsDir }, log);
  const known = catalogue.providers.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw usage(`found ${unknown.join(", ")}, expected names of providers: ${known.join(", ")}`);
  const only: Pick<SelftestOptions, "only"> = names.length === 0 ? {} : { only: names };
  const results = await runSelftest(catalogue, { providersDir, ...only }, only.only ?? known);
  if (asJson) json({ items: results });
  else process.stdout.write(selftestTable(results));
  if (results.some(({ complaints }) => complaints.length > 0)) process.exitCode = EXIT.failed;
}

/** Shows a progress bar, which disappears before the results are printed. */
async function runSelftest(
  catalogue: Catalogue,
  options: SelftestOptions,
  names: readonly string[],
): Promise<readonly SelftestResult[]> {
  using bar = await progressTo(names.length, "selftest");
  let done = 0;
  const onResult = ({ provider }: SelftestResult) => {
    done += 1;
    bar.at(done, provider);
  };
  return await selftest(catalogue, { ...options, onResult });
}
