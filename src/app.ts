/** The wiring: stages get each other as functions here, and nowhere else. */
import { statfsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import express, { type Express } from "express";
import { healthRouter } from "./admin/health.ts";
import { metricsRouter } from "./admin/metrics.ts";
import { noSuchPath, problemHandler } from "./admin/problem.ts";
import { type AdminSurroundings, adminRouter } from "./admin/router.ts";
import type { Config } from "./config.ts";
import { ByteBudget } from "./dispatch/byte-budget.ts";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { type Executed, type ExecuteSurroundings, execute } from "./execute/execute.ts";
import { close, createHttpServer, listen } from "./http-server.ts";
import { type AdmitSurroundings, admit, decideLater } from "./ingress/admit.ts";
import { answerToOperator } from "./ingress/answer.ts";
import { Completions } from "./ingress/completions.ts";
import { type IngressSurroundings, ingressRouter } from "./ingress/router.ts";
import type { Logger } from "./logger.ts";
import { decide } from "./match/decide.ts";
import { type Levels, Metrics } from "./metrics.ts";
import type { Provider } from "./model/definition.ts";
import type { Message } from "./model/message.ts";
import { type RecordSurroundings, record } from "./record/record.ts";
import type { UsedVersion } from "./registry/installed.ts";
import { type LiveRegistry, liveRegistry } from "./registry/live-registry.ts";
import type { Registry } from "./registry/registry.ts";
import { Retention } from "./retention/retention.ts";
import { Egress } from "./sandbox/egress/egress.ts";
import { Sandbox } from "./sandbox/sandbox.ts";
import { propertyNameProblem } from "./sandbox/script.ts";
import { Secrets } from "./secrets/secrets.ts";
import type { Claim } from "./store/execution-table.ts";
import { Store } from "./store/store.ts";
import { type BacktestPlan, comparer } from "./trial/backtest.ts";
import {
  type FunctionTrial,
  type TrialSurroundings,
  tryFunction,
  tryProvider,
} from "./trial/trial.ts";

export interface App extends AsyncDisposable {
  readonly port: number;
  /** The administrator's token, if this start made one. */
  readonly newToken: string | undefined;
  readonly registry: () => Registry;
  /** Process ids, for whoever counts memory. */
  readonly sandboxPids: () => readonly number[];
}

const DECIDED_AT_ONCE = 8;
/** Most executions in the hands of the sandbox at once: each that waits keeps half a megabyte in a child. */
const MAX_RUNNING = 1200;
const RESUME_RETRY_MS = 500;
const MAX_BODIES_BYTES = 256 * 1024 * 1024;

export async function startApp(config: Config, log: Logger): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const now = Date.now;
  const metrics = new Metrics();
  const { store, sandbox } = measured(stack, { config, log, metrics });
  const egress = stack.use(new Egress({ ownHosts: ownHosts(config) }));
  await Promise.all([sandbox.start(), egress.start()]);
  const secrets = new Secrets(config, store.properties);
  const scripts = stack.use(await installedScripts(config, { store, sandbox, secrets, log, now }));
  const completions = new Completions();
  const registry = scripts.current;
  const kv = (name: string) => store.kv.of(name, now);
  const around = {
    ...config,
    store,
    kv,
    fetch: egress.fetch.bind(egress),
    sandbox,
    scripts,
    secrets,
    registry,
    completions,
    metrics,
    log,
    now,
    random: Math.random,
  };

  stack.use(new Retention(around));
  const dispatcher = stack.use(dispatcherOf(around));
  const decideNow = (message: Message) => decide(message, around);
  const intake = {
    ...around,
    decide: decideNow,
    wake: () => dispatcher.wake(),
    reserve: (names: readonly string[]) => dispatcher.reserve(names),
  };
  const resubmit = async (message: Message) =>
    answerToOperator(await admit(message, intake), intake);
  const knowsFunction = (name: string) => registry().functions.has(name);
  const http = httpSide({ ...intake, admit: resubmit, knowsFunction, ...trials(around) });

  await resume(intake);
  const server = stack.adopt(await listen(createHttpServer(http), config), close);
  // Made last: a token shown by a start that then failed, or not shown at all, would be lost.
  const newToken = await store.tokens.ensureAdmin(config.adminToken, now());
  const owned = stack.move();
  const { port } = server.address() as AddressInfo;
  const dispose = () => owned.disposeAsync();
  return {
    port,
    newToken,
    registry,
    sandboxPids: () => sandbox.pids,
    [Symbol.asyncDispose]: dispose,
  };
}

function installedScripts(
  config: Config,
  {
    store,
    sandbox,
    secrets,
    log,
    now,
  }: {
    readonly store: Store;
    readonly sandbox: Sandbox;
    readonly secrets: Secrets;
    readonly log: Logger;
    readonly now: () => number;
  },
): Promise<LiveRegistry> {
  const { lookUp } = config;
  const check = sandbox.check.bind(sandbox);
  const stored = () => store.scripts.installed();
  const storedValues = secrets.find.bind(secrets);
  const keep = (versions: readonly UsedVersion[]) =>
    store.scripts.keep(
      versions.map((one) => ({ ...one, author: null, note: null, createdAt: now() })),
    );
  return liveRegistry(config, {
    check,
    propertyNameProblem,
    lookUp,
    storedValues,
    log,
    stored,
    keep,
  });
}

/** Scripts that are tried before they go live. */
const trials = (around: TrialSurroundings) => ({
  tryProvider: (provider: Provider, message: Message) => tryProvider(provider, message, around),
  tryFunction: (trial: FunctionTrial) => tryFunction(trial, around),
  comparer: (plan: BacktestPlan) => comparer(plan, around),
});

/** What metrics are taken of. */
function measured(
  stack: AsyncDisposableStack,
  {
    config,
    log,
    metrics,
  }: { readonly config: Config; readonly log: Logger; readonly metrics: Metrics },
) {
  const onProcessEnded = metrics.sandboxProcessEnded.bind(metrics);
  const store = stack.use(new Store(config.databasePath, metrics.committed.bind(metrics)));
  const sandbox = stack.use(
    new Sandbox({ processes: config.sandboxProcesses, log, onProcessEnded }),
  );
  metrics.watch(() => levels(store, sandbox, config));
  return { store, sandbox };
}

/** Where senders reach this server: a function that called it would be a loop. */
const ownHosts = ({ publicUrl }: Config): readonly string[] =>
  publicUrl === undefined ? [] : [new URL(publicUrl).hostname];

/** From a claim to rows: execute, record, and tell whoever waits for the message. */
function dispatcherOf(
  around: ExecuteSurroundings & RecordSurroundings & { readonly completions: Completions },
): Dispatcher {
  const bodies = new ByteBudget(MAX_BODIES_BYTES);
  const run = async (claim: Claim): Promise<Executed> => {
    try {
      using _ = await bodies.take(around.store.bodyBytes(claim.messageId));
      const assignment = { ...around.store.owed(claim), ...claim, attempt: claim.attempt + 1 };
      return await execute(assignment, around);
    } catch (err) {
      // Our own fault, such as a database that could not be read: it is tried again like after a crash.
      around.log.error({ err, messageId: claim.messageId }, "an execution could not be run");
      const outcome = { kind: "interrupted", begun: false, logs: [], durationMs: 0 } as const;
      return { outcome, version: "" };
    }
  };
  const perform = async (claim: Claim) => {
    const recorded = await record(claim, await run(claim), around);
    if (recorded.ended !== undefined) around.completions.finish(claim.messageId);
    return recorded;
  };
  const concurrencyOf = (name: string) => around.registry().functions.get(name)?.concurrency ?? 1;
  return new Dispatcher({ ...around, maxRunning: MAX_RUNNING, concurrencyOf, perform });
}

/** What the last process did not get done. */
async function resume(intake: AdmitSurroundings): Promise<void> {
  const { store, log } = intake;
  const { handedBack, undecided } = await resumeRows(intake);
  if (handedBack > 0 || undecided.length > 0) {
    log.info({ handedBack, undecided: undecided.length }, "resuming what was pending");
  }
  // A few at a time: each brings its body along.
  const waiting = undecided.values();
  const decideInTurn = async () => {
    for (const id of waiting) await decideLater(store.message(id), intake);
  };
  for (let lane = 0; lane < DECIDED_AT_ONCE; lane++) void decideInTurn();
  intake.wake();
}

/** A disk that is full or a database that is locked at a start recovers by itself, so the start does too. */
async function resumeRows({ store, log, now }: AdmitSurroundings): ReturnType<Store["resume"]> {
  for (;;) {
    try {
      return await store.resume(now());
    } catch (err) {
      log.error({ err }, "what was pending cannot be resumed; it is tried again");
      await new Promise((resolve) => setTimeout(resolve, RESUME_RETRY_MS));
    }
  }
}

/** Paths, in the order in which they are tried: senders first. */
function httpSide(
  around: IngressSurroundings &
    AdminSurroundings & { readonly sandbox: Sandbox; readonly metricsToken: string | undefined },
): Express {
  const http = express();
  http.disable("x-powered-by").disable("etag").enable("case sensitive routing");
  http.use(ingressRouter(around));
  http.use(healthRouter(around.store, () => around.sandbox.problem));
  http.use(metricsRouter(around.metrics, around.metricsToken));
  http.use("/api/v1", adminRouter(around));
  http.use(noSuchPath(around.basePaths), problemHandler(around.log, around.metrics));
  return http;
}

function levels(store: Store, sandbox: Sandbox, { databasePath }: Config): Levels {
  const { count, oldest } = store.pending();
  const { bavail, bsize } = statfsSync(dirname(databasePath));
  return {
    pendingMessages: count,
    oldestPendingSeconds: oldest === null ? 0 : Math.max(0, Date.now() - oldest) / 1000,
    databaseBytes: store.upkeep.fileSize().total,
    freeDiskBytes: bavail * bsize,
    sandboxProcesses: sandbox.pids.length,
  };
}
