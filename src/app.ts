/** The composition root: here and in `wiring/`, and nowhere else, the parts receive each other as functions. */
import type { Config } from "./config.ts";
import { ConsoleBuild } from "./console-host/console-build.ts";
import { HttpServer } from "./http/server.ts";
import { stopInOrder } from "./http/shutdown.ts";
import type { Logger } from "./logger.ts";
import { Metrics } from "./metrics.ts";
import { Completions } from "./pipeline/completions.ts";
import { LateDecisions } from "./pipeline/intake/late-decisions.ts";
import { openPipeline } from "./pipeline/open-pipeline.ts";
import { resume } from "./pipeline/resume.ts";
import type { Registry } from "./registry/registry.ts";
import { Retention } from "./retention/retention.ts";
import { noteServing } from "./store/sqlite/lock.ts";
import { waitForDatabase } from "./store/sqlite/wait-for-database.ts";
import type { Store } from "./store/store.ts";
import { openInstalled, openTrials } from "./wiring/installed-scripts.ts";
import { openResources } from "./wiring/open-resources.ts";
import { Outgoing } from "./wiring/outgoing.ts";
import { httpHandlers } from "./wiring/routes.ts";

export interface App extends AsyncDisposable {
  readonly port: number;
  /** The administrator's token, if this start created it. */
  readonly newToken: string | undefined;
  /** The code of a new one-time link that signs in to the console with an admin token. */
  readonly newSignInCode: () => Promise<string | undefined>;
  readonly registry: () => Registry;
  /** Builds the web console in the background, unless the settings ask for none or it is built. */
  readonly buildConsole: () => Promise<void>;
  /** Process ids of the sandbox, for measuring its memory. */
  readonly sandboxPids: () => readonly number[];
}

/** Throws the reason of `stopping` if it is aborted before the server is ready. */
export async function startApp(
  config: Config,
  log: Logger,
  stopping = new AbortController().signal,
): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const now = Date.now;
  const metrics = new Metrics();
  const { store, sandbox, keepData, ...measures } = await openResources(stack, {
    config,
    log,
    metrics,
    stopping,
  });
  const installed = await openInstalled(stack, config, { store, sandbox, log, now });
  const { scripts } = installed;
  const outgoing = stack.use(await Outgoing.start(config, scripts.current()));
  stopping.throwIfAborted();
  const consoleBuild = config.console ? stack.use(new ConsoleBuild(log)) : undefined;
  const deps = {
    ...config,
    ...measures,
    ...installed,
    store,
    kv: (name: string) => store.kv.of(name, now),
    fetch: outgoing.fetch,
    sandbox,
    consoleBuild,
    completions: new Completions(),
    late: new LateDecisions(),
    metrics,
    log,
    now,
    random: Math.random,
  };

  stack.use(new Retention(deps));
  const { dispatcher, intake, originals } = openPipeline(stack, deps);
  const http = httpHandlers({ ...intake, ...openTrials(deps, originals, stack) });
  const server = new HttpServer(http, config);
  const handBack = () => store.leases.handBackAll(now());
  stack.defer(() => stopInOrder({ ...deps, server, dispatcher, handBack }));
  // End the feed before the server closes: the server waits for its connected followers.
  stack.defer(() => deps.feed.end());
  await resume(intake, stopping);
  outgoing.listensAt((await server.listen(config)).address);
  noteServing(config.databasePath, { port: server.port, settings: config.settings });
  // From here on messages are accepted.
  keepData();
  stopping.throwIfAborted();
  // Created last: if a later step of the start failed, a token that was created but not shown would be lost.
  const newToken = await createAdminToken({ ...deps, stopping });
  const owned = stack.move();
  return {
    port: server.port,
    newToken,
    newSignInCode: async () => (await store.sessions.createLink(undefined, null, now()))?.code,
    registry: scripts.current,
    buildConsole: async () => consoleBuild?.start(),
    sandboxPids: () => sandbox.pids,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The administrator's token, if it did not exist. */
async function createAdminToken({
  store,
  adminToken,
  ...waiting
}: Pick<Config, "adminToken"> & {
  readonly store: Store;
  readonly log: Logger;
  readonly stopping: AbortSignal;
}): Promise<string | undefined> {
  const create = () => store.tokens.ensureAdmin(adminToken, Date.now());
  return await waitForDatabase(create, { ...waiting, what: "the token cannot be stored" });
}
