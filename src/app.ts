/** The wiring: stages get each other as functions here, and nowhere else. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { healthRouter } from "./admin/health.ts";
import type { MessagesSurroundings } from "./admin/messages.ts";
import { noSuchPath, problemHandler } from "./admin/problem.ts";
import { adminRouter } from "./admin/router.ts";
import type { Config } from "./config.ts";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { execute } from "./execute/execute.ts";
import { admit, decideLater } from "./ingress/admit.ts";
import { answerTo } from "./ingress/answer.ts";
import { Completions } from "./ingress/completions.ts";
import { type IngressSurroundings, ingressRouter } from "./ingress/router.ts";
import type { Logger } from "./logger.ts";
import { decide } from "./match/decide.ts";
import type { Message } from "./model/message.ts";
import { record } from "./record/record.ts";
import { liveRegistry } from "./registry/live-registry.ts";
import { Sandbox } from "./sandbox/sandbox.ts";
import { propertyNameProblem } from "./sandbox/script.ts";
import type { Claim } from "./store/execution-table.ts";
import { Store } from "./store/store.ts";

export interface App extends AsyncDisposable {
  readonly port: number;
  /** The administrator's token, if this start made one. */
  readonly newToken: string | undefined;
  readonly sandboxPids: readonly number[];
}

/** Most executions in the hands of the sandbox at once. */
const MAX_RUNNING = 256;

export async function startApp(config: Config, log: Logger): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const now = Date.now;
  const store = stack.use(new Store(config.databasePath));
  const newToken = store.tokens.ensureAdmin(config.adminToken, now());
  const sandbox = stack.use(new Sandbox({ processes: config.sandboxProcesses, log }));
  const check = sandbox.check.bind(sandbox);
  const registry = stack.use(
    await liveRegistry(config, { check, propertyNameProblem, lookUp: config.lookUp, log }),
  );

  const around = {
    ...config,
    store,
    sandbox,
    registry: registry.current,
    completions: new Completions(),
    log,
    now,
    random: Math.random,
  };
  const decideNow = (message: Message) => decide(message, around);
  const perform = async (claim: Claim) => {
    const recorded = await record(
      claim,
      await execute({ ...store.owed(claim), ...claim, attempt: claim.attempt + 1 }, around),
      around,
    );
    if (recorded.finished) around.completions.finish(claim.messageId);
    return recorded;
  };
  const concurrencyOf = (name: string) => registry.current().functions.get(name)?.concurrency ?? 1;
  const dispatcher = stack.use(
    new Dispatcher({ ...around, maxRunning: MAX_RUNNING, concurrencyOf, perform }),
  );
  const wake = () => dispatcher.wake();
  const intake = { ...around, decide: decideNow, wake };

  const resubmit = async (message: Message) => answerTo(await admit(message, intake), intake);
  const knowsFunction = (name: string) => registry.current().functions.has(name);
  const http = httpSide({ ...intake, admit: resubmit, knowsFunction });

  const { handedBack, undecided } = await store.resume(now());
  if (handedBack > 0 || undecided.length > 0)
    log.info({ handedBack, undecided: undecided.length }, "resuming what was pending");
  for (const id of undecided) void decideLater(store.message(id), intake);
  const server = stack.adopt(await listen(createHttpServer(http), config), close);
  wake();
  const owned = stack.move();
  const { port } = server.address() as AddressInfo;
  return {
    port,
    newToken,
    get sandboxPids() {
      return sandbox.pids;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Paths, in the order in which they are tried: senders first. */
function httpSide(around: IngressSurroundings & MessagesSurroundings): Express {
  const http = express();
  http.disable("x-powered-by").disable("etag").enable("case sensitive routing");
  http.use(ingressRouter(around));
  http.use(healthRouter(around.store));
  http.use("/api/v1", adminRouter(around));
  http.use(noSuchPath(around.basePaths), problemHandler(around.log));
  return http;
}

/** Gateways add headers, and Node's own limits would refuse some of them and drop others without a word. */
function createHttpServer(http: Express): Server {
  const server = createServer({ maxHeaderSize: 64 * 1024 }, http);
  server.maxHeadersCount = 0;
  return server;
}

async function listen(server: Server, { port, host }: Config): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(port, host, resolve);
  await promise;
  return server;
}

/** Answers what is being asked, keeps no idle connection, and takes no new one. */
async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  // A kept-alive connection becomes idle only once its last answer is out.
  const closing = setInterval(() => server.closeIdleConnections(), 50);
  await promise;
  clearInterval(closing);
}
