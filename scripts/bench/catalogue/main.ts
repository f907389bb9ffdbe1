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
import { type Asked, configured, startAsked } from "./asked.ts";
import { plainVerifier } from "./plain.ts";

const PLAIN_MS = 30;
const COUNTS = [8, 44, 100];

export async function measureCatalogue(rounds: number): Promise<string> {
  const machine = describeMachine(tmpdir());
  await using asked = await startAsked();
  const verifications = await measureVerifications(asked, rounds);
  const matching = await measureMatching(asked, rounds);
  return [
    `- Machine: ${machine.hardware}`,
    `- Versions: ${machine.versions}`,
    `- Date: ${machine.date} UTC`,
    `- Load: a sample of each provider, 32 on their way at once; medians of ${rounds} rounds in which all take turns`,
    "",
    "What verifying adds to the decision of one provider (the decision with it less the decision without), beside `node:crypto` doing the same and one crossing into the sandbox with the same message. The ratio is to the two together:",
    "",
    "| provider | body, bytes | `node:crypto`, µs | crossing, µs | decided, µs | of which verifying, µs | ratio |",
    "|---|---|---|---|---|---|---|",
    ...verifications,
    "",
    "A message of 7 KB decided by many, by the `when` they are shipped with, and with every script asked:",
    "",
    "| providers | `when` | claimed by the first, µs | claimed by nobody, µs | each that says no, µs |",
    "|---|---|---|---|---|",
    ...matching,
    "",
  ].join("\n");
}

async function measureVerifications(asked: Asked, rounds: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const provider of asked.providers) {
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
      crossing.push(await asked.cost([asked.bare], request, { provider: "bare" }));
      const verified = await asked.cost([own], request, { provider: name, verified: true });
      const trusted = await asked.cost([trusting], request, { provider: name });
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

async function measureMatching(asked: Asked, rounds: number): Promise<readonly string[]> {
  const { body } = makePush();
  const headers = [["Content-Type", "application/json"]] as const;
  const whenever = { receivedAt: Date.now(), publicUrl: undefined };
  const request = { method: "POST", uri: "x", query: "", headers, body, ...whenever };
  const lines: string[] = [];
  for (const count of COUNTS) {
    const shipped = many(asked.providers, count);
    const variants = { "as shipped": shipped, none: shipped.map(withoutWhen) };
    const times = Object.entries(variants).map(([when, providers]) => {
      const before = [{ ...asked.bare, priority: 1 }, ...providers.slice(1)];
      return { when, providers, before, first: [] as number[], nobody: [] as number[] };
    });
    for (let round = 0; round < rounds; round++) {
      for (const { providers, before, ...taken } of times) {
        taken.first.push(await asked.cost(before, request, { provider: "bare" }));
        taken.nobody.push(await asked.cost(providers, request, {}));
      }
    }
    for (const { when, ...taken } of times) {
      const [first, nobody] = [median(taken.first), median(taken.nobody)];
      const each = ((nobody - first) / count).toFixed(2);
      lines.push(`| ${count} | ${when} | ${ms(first)} | ${ms(nobody)} | ${each} |`);
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
