/** `doctor`: checks the set-up, and says what to do about each problem. */
import type { Command } from "commander";
import { type Config, readConfig } from "../../config.ts";
import { HookyardError } from "../../errors.ts";
import { readClientConfig } from "../client-config.ts";
import { contextOf, type GlobalOptions } from "../context.ts";
import { EXIT, Failure } from "../failure.ts";
import { json, line, styled } from "../print.ts";
import { printable } from "../printable.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { database, databaseMode, dataDirectory, diskSpace, nodeVersion, port } from "./machine.ts";
import { type Answering, runningServer } from "./running-server.ts";
import { scriptsHere, scriptsOn } from "./scripts.ts";
import { checkServer, token } from "./server.ts";
import { unmatchedMessages } from "./unmatched.ts";

export interface DoctorOptions {
  readonly remote?: boolean;
  /** Whether to print what is in order. */
  readonly all?: boolean;
}

export async function doctor(
  { remote = false, all = false }: DoctorOptions,
  command: Command,
): Promise<void> {
  const invalidSettings = clientSettings(remote);
  const findings = [
    nodeVersion(),
    ...(invalidSettings ? [invalidSettings] : await allFindings(command, remote)),
  ];
  if (findings.some(({ state }) => state === "problem")) process.exitCode = EXIT.failed;
  if (command.optsWithGlobals<GlobalOptions>().json === true) return json({ items: findings });
  for (const finding of findings) if (all || finding.state !== "ok") printFinding(finding);
  const count = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const fine = `${countOf(count("ok"), "check")} in order${all ? "" : " (--all lists them)"}`;
  line(`${countOf(count("problem"), "problem")}, ${countOf(count("warning"), "warning")}, ${fine}`);
}

async function allFindings(command: Command, remote: boolean): Promise<readonly Finding[]> {
  const { api } = contextOf(command);
  const server = await checkServer(api);
  return [
    ...(remote ? [] : await machineFindings({ url: api.url, isUp: server.isUp })),
    ...server.findings,
    ...(server.isUp ? await token(api) : []),
    ...((server.isUp ? await scriptsOn(api, variables(remote)) : undefined) ??
      (remote ? [] : await localScripts())),
    ...(server.isUp ? [(await unmatchedMessages(api)) ?? []].flat() : []),
  ];
}

const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Findings about this machine, if the server runs on it. */
async function machineFindings(answering: Answering): Promise<readonly Finding[]> {
  const config = settings();
  if ("check" in config) return [config];
  return [
    ok("settings", "every HOOKYARD_* variable is known and valid"),
    dataDirectory(config),
    diskSpace(config),
    databaseMode(config),
    database(config),
    ...runningServer(config, answering),
    await port(config, answering.isUp),
  ];
}

const SET_OR_UNSET = "set or unset these variables";

/** A problem that keeps the command from finding its server, together with all other problems of the settings. */
function clientSettings(remote: boolean): Finding | undefined {
  try {
    readClientConfig();
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const config = remote ? undefined : settings();
    const others = config !== undefined && "check" in config ? config.found.split("\n") : [];
    const found = new Set([...error.message.split("\n"), ...others]);
    return problem("settings", [...found].join("\n"), SET_OR_UNSET);
  }
}

/** Names of the HOOKYARD variables on this machine, if the server runs on it. */
function variables(remote: boolean): readonly string[] {
  const config = remote ? undefined : settings();
  return config === undefined || "check" in config ? [] : config.variables;
}

/** Checks the folders of this machine when the server does not list its scripts. */
async function localScripts(): Promise<readonly Finding[]> {
  const config = settings();
  return "check" in config ? [] : scriptsHere(config);
}

function settings(): Config | Finding {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof HookyardError)) throw error;
    return problem("settings", error.message, SET_OR_UNSET);
  }
}

const MARKS = {
  ok: ["green", "ok  "],
  warning: ["yellow", "warn"],
  problem: ["red", "FAIL"],
} as const;

function printFinding({ check, state, found, remedy }: Finding): void {
  const [style, mark] = MARKS[state];
  line(`${styled(style, mark)}  ${check}: ${printable(found)}`);
  if (remedy !== undefined) line(`      ${remedy}`);
}
