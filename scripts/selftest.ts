/** `npm run selftest [-- provider …]`: the shipped providers against their samples; exit code 1 when one is judged wrongly. */
import { parseArgs } from "node:util";
import { openCatalogue } from "../src/catalogue/catalogue.ts";
import { selftest } from "../src/catalogue/selftest.ts";
import { selftestTable } from "../src/catalogue/selftest-table.ts";
import { readConfig } from "../src/config.ts";
import { HookyardError } from "../src/errors.ts";
import { createLogger } from "../src/logger.ts";

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const { providersDir, functionsDir } = readConfig();
  const log = createLogger("error", true);
  await using catalogue = await openCatalogue({ providersDir, functionsDir }, log);
  const unknown = positionals.filter(
    (name) => !catalogue.providers.some((provider) => provider.name === name),
  );
  if (unknown.length > 0) {
    const known = catalogue.providers.map(({ name }) => name).join(", ");
    const detail = `found ${unknown.join(", ")}, expected names of providers: ${known}`;
    throw new HookyardError("bad_configuration", detail);
  }
  const only = positionals.length === 0 ? {} : { only: positionals };
  const onResult = ({ provider }: { readonly provider: string }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${provider}`);
  };
  const results = await selftest(catalogue, { providersDir, ...only, onResult });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  console.log(selftestTable(results));
  if (results.some(({ complaints }) => complaints.length > 0)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof HookyardError ? error.message : error);
  process.exitCode = 1;
});
