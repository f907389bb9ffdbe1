/**
 * Compares samples and their variants with their expected results. Returns a list of complaints, empty when all match.
 */
import { isDeepStrictEqual } from "node:util";
import type { Catalogue, Judgement } from "./catalogue.ts";
import type { Sample } from "./sample.ts";
import type { Variant } from "./variants.ts";

export type Complaints = readonly string[];

const LARGE_BYTES = 1e6;

const differs = (what: string, found: unknown, expected: unknown): Complaints =>
  isDeepStrictEqual(found, expected)
    ? []
    : [`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`];

/** Runs only the sample's own provider on it. */
export async function judgeSample(catalogue: Catalogue, sample: Sample): Promise<Complaints> {
  const { provider, request, properties } = sample;
  const judgement = await catalogue.judge(request, [provider], { [provider]: properties });
  const { matched, verified, eventType, deliveryId, reason, handshake } = sample.expect;
  const always = [
    ...differs("errors", judgement.errors, []),
    ...differs("provider", judgement.provider, matched ? provider : undefined),
    ...differs("handshake", pick(judgement.handshake, handshake), handshake),
  ];
  if (!matched || verified === undefined) return always;
  return [
    ...always,
    ...differs("verified", judgement.verified, verified),
    ...(reason === undefined ? [] : differs("reason", judgement.reason, reason)),
    ...differs("eventType", judgement.eventType, eventType),
    ...differs("deliveryId", judgement.deliveryId, deliveryId),
  ];
}

/** The fields of `found` that `expected` names, headers included. */
function pick(found: object | undefined, expected: object | undefined): unknown {
  if (found === undefined || expected === undefined) return found;
  const values: Readonly<Record<string, unknown>> = { ...found };
  const isFields = (value: unknown) => typeof value === "object" && value !== null;
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => {
      const actual = values[name];
      return [name, isFields(value) && isFields(actual) ? pick(Object(actual), value) : actual];
    }),
  );
}

/** Runs only the sample's own provider on a variant. */
export async function judgeVariant(
  catalogue: Catalogue,
  sample: Sample,
  { what, request, properties, expected }: Variant,
): Promise<Complaints> {
  const { provider } = sample;
  const judgement = await catalogue.judge(request, [provider], { [provider]: properties });
  const found = isAccepted(judgement) ? "accepted" : "refused";
  const text = JSON.stringify(judgement);
  // The result must not contain the secret configured for the variant.
  const secret = [properties[sample.proof?.secret ?? ""] ?? []].flat();
  const leaked = secret.filter((value) => value !== "" && text.includes(value));
  // A large body may exceed the CPU limit of scripts, and its payload is an excerpt: labels may be missing, but the
  // verdict must be right.
  const isLarge = request.body.length > LARGE_BYTES;
  const errors = judgement.errors.filter(
    (error) => !isLarge || !/more CPU time|payload was an excerpt/.test(error),
  );
  return [
    ...differs(`${what}: errors`, errors, []),
    ...differs(what, found, expected),
    ...differs(`${what}: handshake`, judgement.handshake, undefined),
    ...differs(`${what}: secrets leaked`, leaked.length, 0),
  ];
}

/** Rejected or unmatched counts as refused: no function runs either way. */
const isAccepted = ({ provider, verified }: Judgement) =>
  provider !== undefined && verified === true;

/** Other providers that would match a sample if they came first. */
export async function rivals(catalogue: Catalogue, sample: Sample): Promise<readonly string[]> {
  const { provider, request, properties } = sample;
  const names = [...new Set([...catalogue.active, provider])];
  // Only a few providers match by their properties. For the others one registry is built once and shared.
  const needsProperties =
    !catalogue.active.includes(provider) || properties["header"] !== undefined;
  const configured = needsProperties ? { [provider]: properties } : {};
  const matches = await catalogue.allMatches(request, names, configured);
  const faults = matches.faults.map((fault) => `${fault.provider} (${fault.message})`);
  return [...matches.providers.filter((name) => name !== provider), ...faults];
}
