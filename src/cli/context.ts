/** What all commands share: the API client and the output format. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type Api, createApi } from "./api.ts";
import { readClientConfig } from "./client-config.ts";
import { EXIT, Failure } from "./failure.ts";

export interface GlobalOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

export interface Context {
  readonly api: Api;
  /** Whether to print JSON for programs. */
  readonly json: boolean;
}

export function contextOf(command: Command): Context {
  const { url, tokenFile, json = false } = command.optsWithGlobals<GlobalOptions>();
  const config = readClientConfig(url);
  const token = tokenFile === undefined ? config.token : readToken(tokenFile);
  return { api: createApi({ url: config.url, token }), json };
}

function readToken(path: string): string {
  const token = textOf(path).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure(`${path} holds no token: expected one line with the token and nothing else`, {
    exitCode: EXIT.usage,
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (cause) {
    const found = `the token file ${path} cannot be read`;
    const message = `${found}: name a file that holds the token and nothing else`;
    throw new Failure(message, { exitCode: EXIT.usage, cause });
  }
}
