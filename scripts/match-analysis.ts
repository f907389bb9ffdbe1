/**
 * `npm run match-analysis [-- --data-dir D | --samples DIR]`: lists stored messages that no provider or more than one
 * provider matches. The database is only read, so a server may use it meanwhile; properties have the values the server
 * would use.
 */
import { parseArgs } from "node:util";
import { type Catalogue, openCatalogue } from "../src/catalogue/catalogue.ts";
import { analyseMatches, type Stored, samplesBelow } from "../src/catalogue/match-analysis.ts";
import { analysisTable, oddityLine } from "../src/catalogue/match-analysis-report.ts";
import { loadEnvFile, readConfig } from "../src/config.ts";
import { HookyardError } from "../src/errors.ts";
import { createLogger, textDestination } from "../src/logger.ts";
import { openMessageScan } from "../src/store/messages/message-scan.ts";

const EVERY_MS = 1000;

async function analyse(
  catalogue: Catalogue,
  source: Iterable<Stored> | AsyncIterable<Stored>,
  total?: number,
): Promise<void> {
  let toldAt = Date.now();
  const onProgress = (done: number) => {
    if (Date.now() - toldAt < EVERY_MS) return;
    toldAt = Date.now();
    console.error(total === undefined ? `${done} requests` : `${done} of ${total} messages`);
  };
  const onOddity = (oddity: Parameters<typeof oddityLine>[0]) => console.log(oddityLine(oddity));
  const analysis = await analyseMatches(catalogue, source, { onOddity, onProgress });
  console.log(`\n${analysisTable(analysis)}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "data-dir": { type: "string" }, samples: { type: "string" } },
  });
  const { "data-dir": dataDir, samples } = values;
  if (dataDir !== undefined && samples !== undefined) {
    const detail = "found --data-dir and --samples, expected one of them: leave the other out";
    throw new HookyardError("bad_configuration", detail);
  }
  loadEnvFile();
  const named = dataDir === undefined ? {} : { HOOKYARD_DATA_DIR: dataDir };
  const config = readConfig({ ...process.env, ...named });
  await using catalogue = await openCatalogue(
    config,
    createLogger("error", await textDestination()),
  );
  if (samples !== undefined) return await analyse(catalogue, samplesBelow(samples));
  using scan = openMessageScan(config.databasePath);
  const messages = scan.messages();
  const source = Iterator.from(messages).map((request) => ({ name: request.id, request }));
  await analyse(catalogue, source, scan.count);
}

main().catch((error: unknown) => {
  console.error(error instanceof HookyardError ? error.message : error);
  process.exitCode = 1;
});
