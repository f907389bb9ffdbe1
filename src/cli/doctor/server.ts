/** Checks that the server answers, and what the token may do. */
import { z } from "zod";
import { type Api, reasonOf } from "../api.ts";
import { Failure } from "../failure.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const TIMEOUT_MS = 5000;
const MAX_SKEW_MS = 5000;

export interface ServerState {
  readonly isUp: boolean;
  readonly findings: readonly Finding[];
}

/** `/healthz`, `/readyz` and the clock. */
export async function checkServer({ url }: Api): Promise<ServerState> {
  const check = "server";
  try {
    const health = await probe(`${url}/healthz`);
    if (!health.isFine) {
      const remedy = "another program answers there: name the server with --url";
      const found = `${url}/healthz answered ${health.status}`;
      return { isUp: false, findings: [problem(check, found, remedy)] };
    }
    const ready = await probe(`${url}/readyz`);
    const state = ready.isFine
      ? ok(check, `${url} is up and ready`)
      : problem(check, `${url} is up and not ready: ${ready.detail}`, "see the server's log");
    return { isUp: true, findings: [state, clock(health.date)] };
  } catch (error) {
    const found = `nothing answers at ${url}: ${reasonOf(error)}`;
    const remedy = "`hookyard start`, or name the server with --url or HOOKYARD_URL";
    return { isUp: false, findings: [warning(check, found, remedy)] };
  }
}

const health = z.looseObject({
  status: z.union([z.string(), z.number()]),
  detail: z.string().optional(),
});

async function probe(url: string) {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = health.safeParse(body);
  return {
    status: response.status,
    isFine: response.ok && parsed.success,
    detail: parsed.data?.detail ?? `status ${response.status}`,
    date: response.headers.get("date"),
  };
}

/** The server checks signed times by its own clock. */
function clock(date: string | null): Finding {
  const skewMs = date === null ? 0 : Date.parse(date) - Date.now();
  const found = `${Math.abs(Math.round(skewMs / 1000))} s from the server's`;
  return Math.abs(skewMs) <= MAX_SKEW_MS
    ? ok("clock", found)
    : warning(
        "clock",
        found,
        "synchronise both clocks by NTP: signatures with a time depend on them",
      );
}

/** Read-only calls that show which permissions the token has. */
const PERMISSION_PROBES = [
  ["messages:read", "/messages?limit=1"],
  ["scripts:read", "/providers"],
  ["admin", "/tokens"],
] as const;

export async function token(api: Api): Promise<readonly Finding[]> {
  const granted: string[] = [];
  for (const [permission, path] of PERMISSION_PROBES) {
    const refusal = await refusalOf(api, path);
    if (refusal === undefined) granted.push(permission);
    else if (refusal.code === "unauthorized") {
      const remedy =
        "set one with --token-file or HOOKYARD_TOKEN; HOOKYARD_ADMIN_TOKEN sets a new one when the server starts";
      return [problem("token", "none, or one the server does not know", remedy)];
    }
  }
  const found = `it works, with ${granted.join(", ") || "no permission to read"}`;
  return [
    granted.includes("messages:read")
      ? ok("token", found)
      : warning(
          "token",
          found,
          "have an administrator create another one: `hookyard token create`",
        ),
  ];
}

async function refusalOf(api: Api, path: string): Promise<{ readonly code: string } | undefined> {
  try {
    await (await api.call(path)).arrayBuffer();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return { code: String(error.problem?.["code"]) };
    throw error;
  }
}
