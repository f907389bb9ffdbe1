/** Samples and their variants against what they are expected to lead to: a list of complaints, empty when all is well. */
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

/** What its own provider, asked alone, says of a sample. */
export async function judgeSample(catalogue: Catalogue, sample: Sample): Promise<Complaints> {
  const { provider, request, properties } = sample;
  const said = await catalogue.judge(request, [provider], { [provider]: properties });
  const { matched, verified, eventType, deliveryId, reason, handshake } = sample.expect;
  const always = [
    ...differs("errors", said.errors, []),
    ...differs("provider", said.provider, matched ? provider : undefined),
    ...differs("handshake", pick(said.handshake, handshake), handshake),
  ];
  if (!matched || verified === undefined) return always;
  return [
    ...always,
    ...differs("verified", said.verified, verified),
    ...(reason === undefined ? [] : differs("reason", said.reason, reason)),
    ...differs("eventType", said.eventType, eventType),
    ...differs("deliveryId", said.deliveryId, deliveryId),
  ];
}

/** The fields of `found` that are expected to be there; of headers those that are named. */
function pick(found: object | undefined, expected: object | undefined): unknown {
  if (found === undefined || expected === undefined) return found;
  const values: Readonly<Record<string, unknown>> = { ...found };
  const isFields = (value: unknown) => typeof value === "object" && value !== null;
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => {
      const own = values[name];
      return [name, isFields(value) && isFields(own) ? pick(Object(own), value) : own];
    }),
  );
}

/** What its own provider, asked alone, says of a variant of a sample. */
export async function judgeVariant(
  catalogue: Catalogue,
  sample: Sample,
  { what, request, properties, expected }: Variant,
): Promise<Complaints> {
  const { provider } = sample;
  const said = await catalogue.judge(request, [provider], { [provider]: properties });
  const found = isAccepted(said) ? "accepted" : "refused";
  const told = JSON.stringify(said);
  // What is configured for the variant is as secret as what the sample has.
  const secret = [properties[sample.proof?.secret ?? ""] ?? []].flat();
  const leaked = secret.filter((value) => value !== "" && told.includes(value));
  // A large body may take longer than a script may, and its payload is an excerpt: labels may be missing, the verdict stands.
  const isLarge = request.body.length > LARGE_BYTES;
  const errors = said.errors.filter(
    (error) => !isLarge || !/more CPU time|payload was an excerpt/.test(error),
  );
  return [
    ...differs(`${what}: errors`, errors, []),
    ...differs(what, found, expected),
    ...differs(`${what}: handshake`, said.handshake, undefined),
    ...differs(`${what}: secrets told`, leaked.length, 0),
  ];
}

/** Refused, or not claimed at all: nothing runs either way. */
const isAccepted = ({ provider, verified }: Judgement) =>
  provider !== undefined && verified === true;

/** The providers beside its own that would claim a sample, were it not for the order. */
export async function rivals(catalogue: Catalogue, sample: Sample): Promise<readonly string[]> {
  const { provider, request, properties } = sample;
  const names = [...new Set([...catalogue.active, provider])];
  // Few are told by their properties; for the others one set of scripts serves, which is loaded once.
  const isTold = !catalogue.active.includes(provider) || properties["header"] !== undefined;
  const configured = isTold ? { [provider]: properties } : {};
  const said = await catalogue.claims(request, names, configured);
  const faults = said.faults.map((fault) => `${fault.provider} (${fault.message})`);
  return [...said.providers.filter((name) => name !== provider), ...faults];
}
