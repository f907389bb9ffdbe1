/** Variants of a sample: proofs that must be refused, and changes that must still be accepted. */
import { isForm, largeBody } from "./large-body.ts";
import { resign } from "./resign.ts";
import type { Proof, PropertyValues, Sample, SampleRequest } from "./sample.ts";

export interface Variant {
  readonly what: string;
  readonly request: SampleRequest;
  readonly properties: PropertyValues;
  readonly expected: "accepted" | "refused";
}

/** Variants by group, such as "any other body"; created on demand, because some are large. */
type VariantGroups = ReadonlyMap<string, () => readonly Variant[]>;

type Changes = Partial<Pick<Variant, "properties" | "expected">> & Partial<SampleRequest>;
type ByName = Readonly<Record<string, Changes>>;

const LARGE = "25 MiB";

/** The variant groups of all samples of a provider. Large variants are slow and alike, so only one sample gets them. */
export function groupsOf(samples: readonly Sample[]) {
  const proven = samples.filter(({ proof }) => proof !== undefined);
  const chosen = proven.find(({ request }) => !isForm(request)) ?? proven[0];
  return proven.flatMap((sample) =>
    [...variantsOf(sample)]
      .filter(([group]) => group !== LARGE || sample === chosen)
      .map(([group, variants]) => ({ sample, group, variants })),
  );
}

/** Leaves out groups that do not apply to the sample. A sample without a proof has none. */
function variantsOf(sample: Sample): VariantGroups {
  const { proof } = sample;
  if (proof === undefined) return new Map();
  const groups: Readonly<Record<string, () => ByName>> = {
    "as it is": () => ({ "as it is": { expected: "accepted" }, ...otherNameCase(sample.request) }),
    "any other proof": () => ({ ...otherHeaders(sample, proof), ...otherPrefixes(sample, proof) }),
    "any other token": () => otherTokens(sample, proof),
    "any other body": () => otherBodies(sample, proof),
    "any other time": () => ({ ...otherArrivals(sample, proof), ...otherTimes(sample, proof) }),
    [LARGE]: () => largeBodies(sample, proof),
    // Last, because each variant loads its own set of scripts, and a child caches few sets.
    "other secrets": () => otherSecrets(sample, proof),
  };
  const applies = ([group, make]: readonly [string, () => ByName]) =>
    group === LARGE || Object.keys(make()).length > 0;
  return new Map(
    Object.entries(groups)
      .filter(applies)
      .map(([group, make]) => [
        group,
        () => Object.entries(make()).map(([what, changes]) => vary(sample, what, changes)),
      ]),
  );
}

function vary(sample: Sample, what: string, changes: Changes): Variant {
  const { properties = sample.properties, expected = "refused", ...request } = changes;
  return { what, properties, expected, request: { ...sample.request, ...request } };
}

const otherNameCase = ({ headers }: SampleRequest): ByName => ({
  "header names in lower case": {
    headers: headers.map(([name, value]) => [name.toLowerCase(), value]),
    expected: "accepted",
  },
  "header names in upper case": {
    headers: headers.map(([name, value]) => [name.toUpperCase(), value]),
    expected: "accepted",
  },
});

const swapCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

function proofHeader({ request: { headers } }: Sample, { header, fallback }: Proof) {
  const sent = headers.find(([name]) => name === header)?.[1] ?? "";
  const others = headers.filter(([name]) => name !== header && name !== fallback);
  const withProof = (...values: readonly string[]): Changes => ({
    headers: [...others, ...values.map((value) => [header ?? "", value] as const)],
  });
  return { sent, withProof };
}

function otherHeaders(sample: Sample, proof: Proof): ByName {
  if (proof.header === undefined) return {};
  const { sent, withProof } = proofHeader(sample, proof);
  const flipped = sent.replace(/[^=](?==*$)/, (last) => (/a/i.test(last) ? "B" : "A"));
  const bare = sent.slice(proof.prefix.length);
  const swapped = withProof(proof.prefix + swapCase(bare));
  const isHex = /^[0-9a-f]+$/.test(bare);
  return {
    "no proof": withProof(),
    "empty proof": withProof(""),
    "proof sent twice": withProof(sent, sent),
    "proof sent twice, the second wrong": withProof(sent, flipped),
    ...(proof.list ? {} : { "proof joined by a comma": withProof(`${sent}, ${sent}`) }),
    "proof flipped": withProof(flipped === sent ? `${sent}0` : flipped),
    "proof cut off": withProof(sent.slice(0, -5)),
    "proof longer": withProof(`${sent}00`),
    // Upper-case hex digits are equivalent; any other encoding is case-sensitive.
    ...(isHex && proof.signsBody
      ? { "hex digits in upper case": { ...swapped, expected: "accepted" } }
      : { "letter case swapped": proof.list ? withProof(swapCase(sent)) : swapped }),
  };
}

function otherPrefixes(sample: Sample, proof: Proof): ByName {
  const { prefix } = proof;
  if (prefix === "") return {};
  const { sent, withProof } = proofHeader(sample, proof);
  const upper = prefix.toUpperCase();
  const other = upper === prefix ? prefix.toLowerCase() : upper;
  return {
    "prefix in another letter case": withProof(sent.replaceAll(prefix, other)),
    "no prefix": withProof(sent.replaceAll(prefix, "")),
  };
}

function otherTokens({ request }: Sample, { token }: Proof): ByName {
  if (token === undefined) return {};
  const { query, body } = request;
  const swap = (by: string): Changes => ({
    query: query.replaceAll(token, by),
    body: body.toString().replaceAll(token, by),
  });
  return {
    "other token": swap("x"),
    "empty token": swap(""),
    "token longer": swap(`${token}x`),
    "token cut off": swap(token.slice(0, -1)),
    "token in another letter case": swap(swapCase(token)),
    ...(query.includes(token) ? { "token sent twice": { query: `${query}&${query}` } } : {}),
  };
}

function otherBodies({ request }: Sample, { signsBody }: Proof): ByName {
  if (!signsBody) return {};
  const body = Buffer.from(request.body);
  const flip = (at: number): Changes => {
    const altered = Buffer.from(body);
    altered[at] = (altered[at] ?? 0) ^ 1;
    return { body: altered };
  };
  return {
    "first byte changed": flip(0),
    "middle byte changed": flip(body.length >> 1),
    "last byte changed": flip(body.length - 1),
    "empty body": { body: "" },
    "a blank more": { body: Buffer.concat([body, Buffer.from(" ")]) },
    "body cut off": { body: body.subarray(0, -1) },
  };
}

/** The same request received at another time. */
function otherArrivals({ request: { receivedAt } }: Sample, proof: Proof): ByName {
  if (proof.toleranceSeconds === undefined) return {};
  const tolerance = proof.toleranceSeconds * 1000;
  return {
    "as old as may be": { receivedAt: receivedAt + tolerance, expected: "accepted" },
    "as far ahead as may be": { receivedAt: receivedAt - tolerance, expected: "accepted" },
    stale: { receivedAt: receivedAt + tolerance + 1000 },
    future: { receivedAt: receivedAt - tolerance - 1000 },
  };
}

function otherTimes({ request: { headers } }: Sample, { timestamp }: Proof): ByName {
  if (timestamp === undefined) return {};
  const time = headers.find(([name]) => name === timestamp)?.[1] ?? "";
  const withTimes = (...values: readonly string[]): Changes => ({
    headers: [
      ...headers.filter(([name]) => name !== timestamp),
      ...values.map((value) => [timestamp, value] as const),
    ],
  });
  return {
    "time later": withTimes(`${Number(time) + 1}`),
    "no time": withTimes(),
    "empty time": withTimes(""),
    "time sent twice": withTimes(time, time),
    "time padded": withTimes(`0${time}`),
    "time as text": withTimes("now"),
  };
}

function largeBodies(sample: Sample, { signsBody, signing }: Proof): ByName {
  const body = largeBody(sample.request);
  const expected = "accepted";
  if (!signsBody) return { "right, 25 MiB": { body, expected } };
  const tampered = { "unsigned, 25 MiB": { body } };
  // Decoding a form of this size may exceed the CPU limit of scripts, so the result is not predictable.
  if (signing === undefined || isForm(sample.request)) return tampered;
  return { ...tampered, "right, 25 MiB": { ...resigned(sample, body), expected } };
}

const resigned = (sample: Sample, body: Buffer): Changes => {
  const { request, properties } = resign(sample, body);
  return { ...request, properties };
};

function otherSecrets({ properties }: Sample, { secret }: Proof): ByName {
  const configured = [properties[secret] ?? []].flat();
  const withSecrets = (...values: readonly string[]) => ({ ...properties, [secret]: values });
  return {
    "secret being rotated out": {
      properties: withSecrets("the new one", ...configured),
      expected: "accepted",
    },
    "other secret": { properties: withSecrets("another secret") },
    "no secret": { properties: withSecrets() },
  };
}
