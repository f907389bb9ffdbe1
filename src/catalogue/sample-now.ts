/**
 * Turns a sample into a request that its sender could send now: a new delivery id, the current time, and the given
 * secret.
 */
import { randomInt } from "node:crypto";
import { resign, textOf } from "./resign.ts";
import type { PropertyValues, Sample, SampleRequest } from "./sample.ts";

export interface SampleOptions {
  /** The sender's secret; by default that of the sample. */
  readonly secret: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Public URL of the server; some senders sign it. */
  readonly publicUrl: string;
}

export interface ReadySample {
  readonly request: SampleRequest;
  /** Properties that verify the request; a new public key for a sender with a key pair. */
  readonly properties: PropertyValues;
  /** False when the sample does not say how it is signed, so that it keeps its time. */
  readonly renewed: boolean;
}

/** A shorter id may occur elsewhere in the request by chance, and is not replaced. */
const MIN_REPLACED_CHARACTERS = 6;

export function sampleNow(sample: Sample, { secret, now, publicUrl }: SampleOptions): ReadySample {
  const { proof, properties } = sample;
  const name = proof?.secret ?? "secret";
  const sampleSecret = textOf(properties[name]);
  const values = { ...properties, [name]: secret ?? sampleSecret };
  const isSigned = proof?.signing !== undefined && proof.header !== undefined;
  const isBare = proof !== undefined && !isSigned;
  if (!(isSigned || isBare)) return { request: sample.request, properties, renewed: false };
  const request = replaced(sample.request, [
    ...timesOf(sample.request.receivedAt, now),
    ...newDelivery(sample.expect.deliveryId),
    ...(isBare && secret !== undefined && sampleSecret !== ""
      ? [[sampleSecret, secret] as const]
      : []),
  ]);
  const timed = { ...withTime(request, proof.timestamp, now), receivedAt: now, publicUrl };
  if (!isSigned) return { request: timed, properties: values, renewed: true };
  const signed = resign({ ...sample, request: timed, properties: values }, Buffer.from(timed.body));
  return { ...signed, renewed: true };
}

type Replacement = readonly [from: string, to: string];

const seconds = (time: number) => `${Math.floor(time / 1000)}`;

/** Milliseconds first, because they start with the seconds. */
const timesOf = (then: number, now: number): readonly Replacement[] => [
  [`${then}`, `${now}`],
  [seconds(then), seconds(now)],
];

/** Same format with other digits, so that a second sample is no duplicate of the first. */
function newDelivery(id: string | undefined): readonly Replacement[] {
  if (id === undefined || id.length < MIN_REPLACED_CHARACTERS || !/\d/.test(id)) return [];
  return [[id, id.replaceAll(/\d/g, () => `${randomInt(1, 10)}`)]];
}

function replaced(request: SampleRequest, replacements: readonly Replacement[]): SampleRequest {
  const change = (text: string) =>
    replacements.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  return {
    ...request,
    query: change(request.query),
    body: change(request.body.toString()),
    headers: request.headers.map(([name, value]) => [name, inBasic(value, change)]),
  };
}

/** Replaces inside the base64 of a Basic authorization header. */
function inBasic(value: string, change: (text: string) => string): string {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(value) ?? [];
  if (encoded === undefined) return change(value);
  return `Basic ${Buffer.from(change(Buffer.from(encoded, "base64").toString())).toString("base64")}`;
}

/** Sets the header with the signed time, which may differ from the time of the sample. */
function withTime(request: SampleRequest, header: string | undefined, now: number): SampleRequest {
  const headers = request.headers.map(([name, value]) => {
    if (name !== header) return [name, value] as const;
    return [name, value.length > seconds(now).length ? `${now}` : seconds(now)] as const;
  });
  return { ...request, headers };
}
