/**
 * `npm run bench -- catalogue`: measures what each provider's verification costs compared to plain `node:crypto` plus
 * one sandbox call, and what matching costs with few and with many providers.
 */
import { tmpdir } from "node:os";
import { readSamples } from "../../../src/catalogue/sample.ts";
import { HookyardError } from "../../../src/errors.ts";
import type { Provider } from "../../../src/model/definition.ts";
import { ms } from "../format.ts";
import { describeMachine } from "../machine.ts";
import { makePush } from "../push.ts";
import { median } from "../statistics.ts";
import { configured, type Matcher, startMatcher } from "./matcher.ts";
import { plainVerifier } from "./plain.ts";

const PLAIN_MS = 30;
const COUNTS = [8, 44, 100];

export async function measureCatalogue(rounds: number): Promise<string> {
  const machine = describeMachine(tmpdir());
  await using matcher = await startMatcher();
  const verifications = await measureVerifications(matcher, rounds);
  const matching = await measureMatching(matcher, rounds);
  return [
    `- Machine: ${machine.hardware}`,
    `- Versions: ${machine.versions}`,
    `- Date: ${machine.date} UTC`,
    `- Load: a sample of each provider, 32 in parallel; medians of ${rounds} rounds in which all take turns`,
    "",
    "The cost of verification is the time of a decision with it minus the time without it. The ratio compares it with the sum of plain `node:crypto` and one sandbox call with the same message:",
    "",
    "| provider | body, bytes | `node:crypto`, µs | sandbox call, µs | decision, µs | verification, µs | ratio |",
    "|---|---|---|---|---|---|---|",
    ...verifications,
    "",
    "The decision about a message of 7 KB with many providers, with their shipped `when` and without it:",
    "",
    "| providers | `when` | matched by the first, µs | matched by none, µs | each that does not match, µs |",
    "|---|---|---|---|---|",
    ...matching,
    "",
  ].join("\n");
}

async function measureVerifications(matcher: Matcher, rounds: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const provider of matcher.providers) {
    const samples = await readSamples("providers", provider.name);
    const proven = samples.filter(({ proof }) => proof !== undefined);
    const original = proven.find(({ proof }) => proof?.signing !== undefined) ?? proven[0];
    if (original === undefined)
      throw new HookyardError("internal", `${provider.name} has no sample that proves its sender`);
    const { sample, verify } = plainVerifier(original);
    if (!verify()) throw new HookyardError("internal", `${sample.name} is not verified plainly`);
    const own = configured(provider, sample.properties);
    const trusting = { ...own, verification: "off" } as const;
    const { request } = sample;
    const { name } = provider;
    const plain: number[] = [];
    const crossing: number[] = [];
    const decided: number[] = [];
    const verifying: number[] = [];
    for (let round = 0; round < rounds; round++) {
      plain.push(plainCost(verify));
      crossing.push(await matcher.cost([matcher.bare], request, { provider: "bare" }));
      const verified = await matcher.cost([own], request, { provider: name, verified: true });
      const trusted = await matcher.cost([trusting], request, { provider: name });
      decided.push(verified);
      verifying.push(verified - trusted);
    }
    const ratio = median(verifying) / (median(plain) + median(crossing));
    const figures = [plain, crossing, decided, verifying].map((one) => ms(median(one)));
    const bytes = Buffer.byteLength(request.body);
    lines.push(`| ${name} | ${bytes} | ${figures.join(" | ")} | ${ratio.toFixed(2)} |`);
  }
  return lines;
}

function plainCost(verify: () => boolean): number {
  let calls = 0;
  const startedAt = performance.now();
  for (; performance.now() - startedAt < PLAIN_MS; calls++) verify();
  return ((performance.now() - startedAt) * 1000) / calls;
}

async function measureMatching(matcher: Matcher, rounds: number): Promise<readonly string[]> {
  const { body } = makePush();
  const headers = [["Content-Type", "application/json"]] as const;
  const arrival = { receivedAt: Date.now(), publicUrl: undefined };
  const request = { method: "POST", uri: "x", query: "", headers, body, ...arrival };
  const lines: string[] = [];
  for (const count of COUNTS) {
    const shipped = many(matcher.providers, count);
    const variants = { "as shipped": shipped, none: shipped.map(withoutWhen) };
    const times = Object.entries(variants).map(([when, providers]) => {
      const bareFirst = [{ ...matcher.bare, priority: 1 }, ...providers.slice(1)];
      return { when, providers, bareFirst, first: [] as number[], none: [] as number[] };
    });
    for (let round = 0; round < rounds; round++) {
      for (const { providers, bareFirst, ...taken } of times) {
        taken.first.push(await matcher.cost(bareFirst, request, { provider: "bare" }));
        taken.none.push(await matcher.cost(providers, request, {}));
      }
    }
    for (const { when, ...taken } of times) {
      const [first, none] = [median(taken.first), median(taken.none)];
      const each = ((none - first) / count).toFixed(2);
      lines.push(`| ${count} | ${when} | ${ms(first)} | ${ms(none)} | ${each} |`);
    }
  }
  return lines;
}

const withoutWhen = ({ when: _, ...provider }: Provider): Provider => provider;

/** The first `count` shipped providers; beyond their number they repeat under other names. */
const many = (shipped: readonly Provider[], count: number): readonly Provider[] =>
  Array.from({ length: count }, (_, at) => {
    const provider = shipped[at % shipped.length];
    if (provider === undefined) throw new HookyardError("internal", "no provider is shipped");
    const lap = Math.floor(at / shipped.length);
    const name = lap === 0 ? provider.name : `${provider.name}-${lap + 1}`;
    return { ...provider, name, active: true, priority: 10 + at };
  });
