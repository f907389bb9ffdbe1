/** The samples of the providers that have a shipped function, and a server for them. */
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { startTestApp, type TestApp } from "./test-app.ts";

export interface Sample {
  readonly description: string;
  readonly request: {
    readonly method: string;
    readonly uri: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** Values of the provider's properties. */
  readonly properties: Readonly<Record<string, string>>;
  readonly expect: {
    readonly matched: boolean;
    readonly verified?: boolean;
    readonly eventType?: string;
    readonly deliveryId?: string;
    readonly reason?: string;
  };
}

export interface Case {
  readonly provider: string;
  readonly file: string;
  readonly sample: Sample;
}

export const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

/** The folder also has the guide, which is a file. */
const functionNames = readdirSync("functions", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export const providerNames: readonly string[] = functionNames.map(
  (name) => readJson(`functions/${name}/function.json`).provider,
);
export const cases: readonly Case[] = providerNames.flatMap((provider) =>
  readdirSync(`providers/${provider}/samples`).map((file) => ({
    provider,
    file,
    sample: readJson(`providers/${provider}/samples/${file}`),
  })),
);

export const shipped = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "shipped" as const]));

export const functionsOf = (provider: string) =>
  shipped(
    functionNames.filter(
      (name) => readJson(`functions/${name}/function.json`).provider === provider,
    ),
  );

/** The environment variables for the properties of a sample, as provider.json names them. */
export function environmentOf({ provider, sample }: Case): Record<string, string> {
  const { properties } = readJson(`providers/${provider}/provider.json`);
  return Object.fromEntries(
    Object.entries(sample.properties).map(([name, value]) => [
      properties.find((property: { name: string }) => property.name === name).env,
      value,
    ]),
  );
}

/** A server with all of these providers and their functions. */
export const start = (environment: Readonly<Record<string, string>> = {}) =>
  startTestApp({
    providers: shipped(providerNames),
    functions: shipped(functionNames),
    environment,
  });

export type Headers = readonly (readonly [string, string])[];

/** Sends the headers exactly as listed. `fetch` would join repeated ones. */
export async function post(app: TestApp, { request: sent }: Sample, headers?: Headers) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const url = new URL(`${app.url}/webhooks/v1/${sent.uri}`);
  const length = String(Buffer.byteLength(sent.body));
  const list = [["Host", url.host], ["Content-Length", length], ...(headers ?? headersOf(sent))];
  const outgoing = request(url, { method: sent.method, headers: list.flat() }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
    );
  });
  outgoing.on("error", reject).end(sent.body);
  const { status, text } = await promise;
  return { status, text, view: await app.ended(JSON.parse(text).messageId) };
}

export const headersOf = ({ headers }: Sample["request"]): Headers => Object.entries(headers);
