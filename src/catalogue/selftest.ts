/**
 * Tests every provider against its own samples, against forged and changed variants of them, and for overlaps with
 * other providers. Returns data for a report.
 */
import { type About, evidenceText, readAbout } from "./about.ts";
import type { Catalogue } from "./catalogue.ts";
import { type Complaints, judgeSample, judgeVariant, rivals } from "./judge-sample.ts";
import { readSamples, type Sample } from "./sample.ts";
import { groupsOf } from "./variants.ts";

/** How many cases there were, and how many had the expected result. */
export interface Score {
  readonly right: number;
  readonly of: number;
}

export interface SelftestResult {
  readonly provider: string;
  readonly samples: Score;
  /** Samples that the provider should match. */
  readonly matched: Score;
  readonly verified: Score;
  readonly handshakes: Score;
  /** Variants that must be refused, and variants that must be accepted. */
  readonly refused: Score;
  readonly accepted: Score;
  /** Other providers that match one of its samples. */
  readonly rivals: readonly string[];
  readonly evidence: string;
  /** Empty when everything passed. */
  readonly complaints: Complaints;
}

export interface SelftestOptions {
  readonly providersDir: string;
  /** Only these providers; all when absent. */
  readonly only?: readonly string[];
  /** Called after each provider. */
  readonly onResult?: (result: SelftestResult) => void;
}

/** Throws `bad_configuration` for an invalid sample or `about.json`. */
export async function selftest(
  catalogue: Catalogue,
  { providersDir, only, onResult }: SelftestOptions,
): Promise<readonly SelftestResult[]> {
  const results: SelftestResult[] = [];
  for (const { name } of catalogue.providers) {
    if (only !== undefined && !only.includes(name)) continue;
    const samples = await readSamples(providersDir, name);
    const about = await readAbout(providersDir, name);
    const result = await testProvider(catalogue, { name, samples, about });
    results.push(result);
    onResult?.(result);
  }
  return results;
}

interface ProviderFiles {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly about: About | undefined;
}

async function testProvider(
  catalogue: Catalogue,
  { name, samples, about }: ProviderFiles,
): Promise<SelftestResult> {
  const judged: { readonly sample: Sample; readonly complaints: Complaints }[] = [];
  const others = new Set<string>();
  for (const sample of samples) {
    judged.push({ sample, complaints: await judgeSample(catalogue, sample) });
    if (!sample.expect.matched) continue;
    for (const rival of await rivals(catalogue, sample)) others.add(rival);
  }
  const scoreOf = (fits: (sample: Sample) => boolean): Score => {
    const selected = judged.filter(({ sample }) => fits(sample));
    return {
      of: selected.length,
      right: selected.filter(({ complaints }) => complaints.length === 0).length,
    };
  };
  const { refused, accepted, complaints } = await testVariants(catalogue, samples);
  return {
    provider: name,
    samples: scoreOf(() => true),
    matched: scoreOf(({ expect }) => expect.matched),
    verified: scoreOf(({ expect }) => expect.verified === true),
    handshakes: scoreOf(({ expect }) => expect.handshake !== undefined),
    refused,
    accepted,
    rivals: [...others],
    evidence: about === undefined ? "not documented" : evidenceText(about),
    complaints: [
      ...judged.flatMap((one) => one.complaints.map((text) => `${one.sample.name}: ${text}`)),
      ...[...others].map((rival) => `${name}: ${rival} matches its samples too`),
      ...complaints,
    ],
  };
}

async function testVariants(catalogue: Catalogue, samples: readonly Sample[]) {
  const scores = { refused: { right: 0, of: 0 }, accepted: { right: 0, of: 0 } };
  const complaints: string[] = [];
  for (const { sample, variants } of groupsOf(samples)) {
    for (const variant of variants()) {
      const found = await judgeVariant(catalogue, sample, variant);
      const score = scores[variant.expected];
      score.of += 1;
      if (found.length === 0) score.right += 1;
      complaints.push(...found.map((text) => `${sample.name}: ${text}`));
    }
  }
  return { ...scores, complaints };
}
