/** A sample as its sender would send it this moment: another delivery, the time of day, and a secret of your own. */
import { randomInt } from "node:crypto";
import { resign, textOf } from "./resign.ts";
import type { PropertyValues, Sample, SampleRequest } from "./sample.ts";

export interface SampleWishes {
  /** What the sender must know; the sample's own when absent. */
  readonly secret: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the server; some senders sign it. */
  readonly publicUrl: string;
}

export interface ReadySample {
  readonly request: SampleRequest;
  /** With what it can be verified; of a sender with a public key a new one. */
  readonly properties: PropertyValues;
  /** False when the sample does not say how it is signed, so that it is as old as it is. */
  readonly renewed: boolean;
}

/** Below that a text may stand anywhere by chance. */
const SHORTEST_TOLD_APART = 6;

export function sampleNow(sample: Sample, { secret, now, publicUrl }: SampleWishes): ReadySample {
  const { proof, properties } = sample;
  const name = proof?.secret ?? "secret";
  const own = textOf(properties[name]);
  const values = { ...properties, [name]: secret ?? own };
  const isSigned = proof?.signing !== undefined && proof.header !== undefined;
  const isBare = proof !== undefined && !isSigned;
  if (!(isSigned || isBare)) return { request: sample.request, properties, renewed: false };
  const request = replaced(sample.request, [
    ...timesOf(sample.request.receivedAt, now),
    ...newDelivery(sample.expect.deliveryId),
    ...(isBare && secret !== undefined && own !== "" ? [[own, secret] as const] : []),
  ]);
  const timed = { ...withTime(request, proof.timestamp, now), receivedAt: now, publicUrl };
  if (!isSigned) return { request: timed, properties: values, renewed: true };
  const signed = resign({ ...sample, request: timed, properties: values }, Buffer.from(timed.body));
  return { ...signed, renewed: true };
}

type Replacement = readonly [from: string, to: string];

const seconds = (time: number) => `${Math.floor(time / 1000)}`;

/** Milliseconds first: they begin with the seconds. */
const timesOf = (then: number, now: number): readonly Replacement[] => [
  [`${then}`, `${now}`],
  [seconds(then), seconds(now)],
];

/** The same shape with other digits: a second sample is no duplicate of the first. */
function newDelivery(id: string | undefined): readonly Replacement[] {
  if (id === undefined || id.length < SHORTEST_TOLD_APART || !/\d/.test(id)) return [];
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

/** A name and password of HTTP's Basic scheme are changed below their encoding. */
function inBasic(value: string, change: (text: string) => string): string {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(value) ?? [];
  if (encoded === undefined) return change(value);
  return `Basic ${Buffer.from(change(Buffer.from(encoded, "base64").toString())).toString("base64")}`;
}

/** The header with the signed time, which need not be the time of the sample. */
function withTime(request: SampleRequest, header: string | undefined, now: number): SampleRequest {
  const headers = request.headers.map(([name, value]) => {
    if (name !== header) return [name, value] as const;
    return [name, value.length > seconds(now).length ? `${now}` : seconds(now)] as const;
  });
  return { ...request, headers };
}
