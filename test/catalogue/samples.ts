/** The samples beside the providers: real or documented requests, and what is to be said of them. */
import { readdirSync } from "node:fs";
import { files, type Properties, type Request, readJson } from "./installed.ts";

export interface Sample {
  /** `github/push`. */
  readonly name: string;
  readonly provider: string;
  readonly request: Request;
  readonly properties: Properties;
  readonly expect: {
    readonly matched: boolean;
    readonly verified?: boolean;
    readonly eventType?: string;
    readonly deliveryId?: string;
    readonly reason?: string;
    readonly handshake?: { readonly status: number };
  };
}

export const samples: readonly Sample[] = files.flatMap(({ name: provider }) =>
  readdirSync(`providers/${provider}/samples`).map((file) => readSample(provider, file)),
);

function readSample(provider: string, file: string): Sample {
  const { receivedAt, publicUrl, request, properties, expect } = readJson(
    `providers/${provider}/samples/${file}`,
  );
  return {
    name: `${provider}/${file.replace(/\.json$/, "")}`,
    provider,
    properties,
    expect,
    request: {
      ...request,
      headers: Object.entries(request.headers),
      receivedAt: receivedAt === undefined ? 1_700_000_000_000 : Date.parse(receivedAt),
      publicUrl,
    },
  };
}

export function sampleNamed(name: string): Sample {
  const sample = samples.find((one) => one.name === name);
  if (sample === undefined) throw new Error(`there is no sample ${name}`);
  return sample;
}
