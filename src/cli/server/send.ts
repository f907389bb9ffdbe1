/** `send`: sends a sample of a provider to a server, signed as its sender would. */
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { textOf } from "../../catalogue/resign.ts";
import {
  type PropertyValues,
  readSamples,
  type Sample,
  type SampleRequest,
} from "../../catalogue/sample.ts";
import { sampleNow } from "../../catalogue/sample-now.ts";
import { type Config, readConfig } from "../../config.ts";
import { unreachable } from "../api.ts";
import { contextOf } from "../context.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { json, line, remark, styled, table } from "../print.ts";
import { printable } from "../printable.ts";
import { fieldsIn } from "../scripts/folder.ts";

export interface SendOptions {
  readonly sample?: string;
  readonly list?: boolean;
  readonly uri?: string;
  readonly secretEnv?: string;
  readonly wait?: boolean | undefined;
}

export async function sendSample(
  provider: string,
  options: SendOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const config = readConfig();
  const { providersDir, basePaths } = config;
  const samples = await readSamples(providersDir, provider);
  if (samples.length === 0)
    throw usage(
      `found no samples of ${JSON.stringify(provider)} in ${providersDir}, expected ${providersDir}/${provider}/samples/*.json: name another provider, or set HOOKYARD_PROVIDERS_DIR`,
    );
  if (options.list === true) return listSamples(samples, asJson);
  const sample = chooseSample(samples, options.sample);
  const secret = secretFor(sample, options, { url: api.url, ...config });
  const ready = sampleNow(sample, { secret, now: Date.now(), publicUrl: api.url });
  if (!ready.renewed)
    remark(
      `${sample.name} does not say how it is signed: it is sent unchanged, with its own secret.`,
    );
  remarkNewKey(sample, ready.properties, asJson);
  const request = { ...ready.request, uri: options.uri ?? ready.request.uri };
  const response = await post(`${api.url}${basePaths[0]}`, request, options.wait === true);
  const text = await response.text();
  if (!response.ok) process.exitCode = EXIT.failed;
  if (response.status === 401 && sample.expect.verified === true) remark(REFUSED);
  if (asJson) return json({ sample: sample.name, status: response.status, answer: parsed(text) });
  printAnswer(sample, response.status, text);
}

interface Signing extends Pick<Config, "providersDir" | "lookUp" | "publicUrl"> {
  /** The server that the sample is sent to. */
  readonly url: string;
}

/**
 * The secret to sign with: of the given variable, or else the one that a server on this machine has from its
 * environment. Undefined for the secret of the sample.
 */
function secretFor(
  { provider, proof }: Sample,
  { secretEnv }: SendOptions,
  { url, providersDir, lookUp, publicUrl }: Signing,
): string | undefined {
  if (secretEnv !== undefined) {
    const secret = lookUp(secretEnv);
    if (secret) return secret;
    throw usage(`--secret-env: the variable ${secretEnv} is not set, expected the secret in it`);
  }
  // Some senders send the secret itself, and another server must not get it.
  if (url !== publicUrl && !isLoopback(url)) return undefined;
  const { env } = propertyOf(providersDir, provider, proof?.secret ?? "secret") ?? {};
  return env === undefined ? undefined : lookUp(env) || undefined;
}

const isLoopback = (url: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

const declared = z.looseObject({
  properties: z.array(z.looseObject({ name: z.string(), env: z.string().optional() })).default([]),
});

function propertyOf(providersDir: string, provider: string, name: string) {
  const path = join(providersDir, provider, "provider.json");
  const parsed = declared.safeParse(fieldsIn(path));
  if (!parsed.success) throw usage(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data.properties.find((one) => one.name === name);
}

const REFUSED =
  "The server refused the signature; `hookyard messages show` has the reason. If the server has another secret, put it into a variable and name it: --secret-env <variable>.";

/** The private key of the sample is unknown, so the request was signed with a new key. */
function remarkNewKey({ proof }: Sample, properties: PropertyValues, asJson: boolean): void {
  if (asJson || !["ed25519", "p256"].includes(proof?.signing?.algorithm ?? "")) return;
  const name = proof?.secret ?? "";
  remark(
    `Signed with a new key. To verify it, set the property ${name} to ${textOf(properties[name])}`,
  );
}

/** Prefers a sample that is verified and can be signed again. */
function chooseSample(samples: readonly Sample[], name: string | undefined): Sample {
  const shortName = (sample: Sample) => sample.name.slice(sample.provider.length + 1);
  if (name !== undefined) {
    const named = samples.find((sample) => shortName(sample) === name || sample.name === name);
    if (named !== undefined) return named;
    throw usage(
      `found --sample ${JSON.stringify(name)}, expected one of ${samples.map(shortName).join(", ")}`,
    );
  }
  const verified = samples.filter(({ expect }) => expect.verified === true);
  const signed = verified.find(({ proof }) => proof?.signing !== undefined);
  const [any] = samples;
  const sample = signed ?? verified.find(({ proof }) => proof !== undefined) ?? verified[0] ?? any;
  if (sample === undefined) throw new Failure("there is no sample");
  return sample;
}

function listSamples(samples: readonly Sample[], asJson: boolean): void {
  const items = samples.map(({ name, description }) => ({ name, description }));
  if (asJson) json({ items });
  else
    table(
      ["SAMPLE", "DESCRIPTION"],
      items.map(({ name, description }) => [name, description]),
    );
}

/** Headers of the connection are set by this client, not taken from the sample. */
const CONNECTION_HEADERS = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "accept-encoding",
]);

/** Sends to the URI of the request below `base`. Throws a `Failure` when the server cannot be reached. */
export async function post(
  base: string,
  { method, uri, query, headers, body }: SampleRequest,
  sync: boolean,
): Promise<Response> {
  const path = uri.split("/").map(encodeURIComponent).join("/");
  const sent = new Headers();
  for (const [name, value] of headers)
    if (!CONNECTION_HEADERS.has(name.toLowerCase())) sent.append(name, value);
  if (sync) sent.set("flex-sync-webhook", "true");
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    return await fetch(`${base}/${path}${query === "" ? "" : `?${query}`}`, {
      method,
      headers: sent,
      ...(hasBody ? { body: new Uint8Array(Buffer.from(body)) } : {}),
    });
  } catch (cause) {
    throw unreachable(base, cause);
  }
}

const answer = z.looseObject({ messageId: z.string().optional() });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function printAnswer(sample: Sample, status: number, text: string): void {
  const style = status < 300 ? "green" : "red";
  line(`${sample.name}: ${styled(style, String(status))} ${printable(text)}`);
  const { messageId } = answer.safeParse(parsed(text)).data ?? {};
  if (messageId !== undefined) line(`hookyard messages show ${messageId}`);
}
