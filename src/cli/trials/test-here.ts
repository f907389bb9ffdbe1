/**
 * `test --local`: starts a server for one message, with only the draft and its provider installed, in a temporary
 * folder.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { Sample } from "../../catalogue/sample.ts";
import { sampleNow } from "../../catalogue/sample-now.ts";
import { readConfig } from "../../config.ts";
import { NAME } from "../../registry/provider-file.ts";
import { messageDetails, summary } from "../answers.ts";
import { type Api, createApi } from "../api.ts";
import type { GlobalOptions } from "../context.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { showDetails } from "../messages/show.ts";
import { json } from "../print.ts";
import { printable } from "../printable.ts";
import { type Definition, type Fields, LAYOUTS } from "../scripts/definition.ts";
import { post } from "../server/send.ts";
import { providerOf } from "./drafts.ts";

interface Trial {
  readonly sample: Sample;
  readonly draft: Definition;
  readonly folder: string;
}

export async function testHere(trial: Trial, command: Command): Promise<void> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "hookyard-test-"));
  install(trial, folder.path);
  await using server = await startServer(folder.path, secretsOf(trial, folder.path));
  const { sample, draft } = trial;
  const { url } = server.api;
  // Signed times must fit the server's clock.
  const { request } = sampleNow(sample, { secret: undefined, now: Date.now(), publicUrl: url });
  const isLiteral = !/[*:]/.test(String(draft.fields["uri"] ?? ":"));
  const uri = isLiteral ? String(draft.fields["uri"]) : request.uri;
  const response = await post(`${url}/webhooks/v1`, { ...request, uri }, true);
  const { messageId } = summary.partial().parse(await response.json());
  if (messageId === undefined)
    throw new Failure(`the sample was answered with ${response.status}, and no message was stored`);
  const details = await server.api.read(`/messages/${messageId}`, messageDetails);
  const isFine = draft.kind === "provider" ? details.provider === draft.name : response.ok;
  if (!isFine) process.exitCode = EXIT.failed;
  if (command.optsWithGlobals<GlobalOptions>().json === true) json(details);
  else showDetails(details);
}

/** Copies the draft and, for a function, its provider: from the folder beside it, or from the configured one. */
function install({ draft, folder }: Trial, target: string): void {
  const copy = (from: string, kind: Definition["kind"], name: string) => {
    const { plural } = LAYOUTS[kind];
    cpSync(from, join(target, plural, name), { recursive: true });
    const shared = join(dirname(resolve(from)), "_lib");
    if (existsSync(shared)) cpSync(shared, join(target, plural, "_lib"), { recursive: true });
  };
  for (const kind of ["providers", "functions"]) mkdirSync(join(target, kind));
  copy(folder, draft.kind, draft.name);
  if (draft.kind === "provider") return;
  const name = providerOf(draft);
  if (!NAME.test(name))
    throw usage(
      `found provider ${JSON.stringify(name)} in ${join(folder, LAYOUTS.function.file)}, expected lower-case letters, digits and dashes`,
    );
  const places = [resolve(folder, "../../providers", name), join(readConfig().providersDir, name)];
  const found = places.find((one) => existsSync(one));
  if (found === undefined)
    throw new Failure(
      `found the provider ${name} neither in ${places.join(" nor in ")}, expected it there, because the function runs on its messages`,
    );
  copy(found, "provider", name);
}

/** The sample's secrets as environment variables. */
function secretsOf({ draft, sample }: Trial, target: string): Readonly<Record<string, string>> {
  const declared = draft.kind === "provider" ? draft.fields["properties"] : [];
  const entries = (Array.isArray(declared) ? declared : []).flatMap((one: Fields) => {
    const value = sample.properties[String(one["name"])];
    return typeof one["env"] === "string" && value !== undefined ? [[one["env"], value]] : [];
  });
  return { ...Object.fromEntries(entries), HOOKYARD_DATA_DIR: join(target, "data") };
}

interface Server extends AsyncDisposable {
  readonly api: Api;
}

/** Throws a `Failure` with the server's error when it does not start, or a script does not load. */
async function startServer(
  target: string,
  environment: Readonly<Record<string, string>>,
): Promise<Server> {
  const token = randomBytes(16).toString("hex");
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main], {
    // Runs outside of the caller's folder and without its settings, so that no `.env` applies.
    cwd: target,
    env: {
      ...environment,
      HOOKYARD_PORT: "0",
      HOOKYARD_ADMIN_TOKEN: token,
      HOOKYARD_PROVIDERS_DIR: join(target, "providers"),
      HOOKYARD_FUNCTIONS_DIR: join(target, "functions"),
      HOOKYARD_SANDBOX_PROCESSES: "1",
      HOOKYARD_LOG_LEVEL: "error",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
  };
  try {
    const url = await addressOf(child.stdout);
    return { api: createApi({ url, token }), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const text of createInterface({ input: output })) {
    if (text.startsWith("{")) throw new Failure(problemIn(text));
    const [, url] = /senders post to\s+(https?:\/\/[^/\s]+)/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Failure("the server did not start: see its messages above");
}

/** The message of a log line with a problem of a script. */
function problemIn(text: string): string {
  const { msg }: Fields = JSON.parse(text);
  return printable(String(msg));
}
