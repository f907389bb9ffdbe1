/** Runs all providers on stored messages: counts messages that no provider matches, and those that several match. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Message } from "../model/message.ts";
import {
  MatchCounts,
  type ProviderCount,
  type ProviderMatches,
} from "../model/provider-matches.ts";
import type { Catalogue } from "./catalogue.ts";
import { requestOf, type SampleRequest, sampleSchema } from "./sample.ts";

/** One request with its name: the id of a message or the path of a sample. */
export interface Stored {
  readonly name: string;
  readonly request: Message | SampleRequest;
}

/** A request that not exactly one provider matches, or on which a script failed. */
export interface Oddity extends ProviderMatches {
  readonly name: string;
  readonly method: string;
  readonly uri: string;
  readonly bodyBytes: number;
}

export interface MatchAnalysis {
  readonly requests: number;
  readonly byNobody: number;
  readonly byOne: number;
  readonly bySeveral: number;
  /** In match order. */
  readonly providers: readonly ProviderCount[];
}

export interface AnalysisListener {
  onOddity(oddity: Oddity): void;
  /** Called after every request. */
  onProgress?(done: number): void;
}

/** Keeps only counts, so that memory is bounded for any number of requests. */
export async function analyseMatches(
  catalogue: Catalogue,
  source: Iterable<Stored> | AsyncIterable<Stored>,
  { onOddity, onProgress }: AnalysisListener,
): Promise<MatchAnalysis> {
  const names = catalogue.providers.map(({ name }) => name);
  const counts = new MatchCounts(names);
  const configured = {};
  for await (const { name, request } of source) {
    const matches = await catalogue.allMatches(request, names, configured);
    counts.add(matches);
    if (matches.providers.length !== 1 || matches.faults.length > 0) {
      const { method, uri, body } = request;
      onOddity({ name, method, uri, bodyBytes: Buffer.byteLength(body), ...matches });
    }
    onProgress?.(counts.totals.requests);
  }
  return { ...counts.totals, providers: counts.providers };
}

/** The samples in a folder and below; other files are skipped. */
export async function* samplesBelow(folder: string): AsyncGenerator<Stored> {
  const files = await readdir(folder, { recursive: true });
  for (const file of files.filter((name) => name.endsWith(".json")).sort()) {
    const path = join(folder, file);
    const parsed = sampleSchema.safeParse(await readJson(path));
    if (parsed.success) yield { name: path, request: requestOf(parsed.data) };
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}
