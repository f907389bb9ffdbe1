/** Starts the server, prints its addresses, and shuts it down gracefully. */
import { type App, startApp } from "./app.ts";
import { loadEnvFile, readConfig } from "./config.ts";
import { HookyardError } from "./errors.ts";
import { createLogger, type Logger, textDestination } from "./logger.ts";
import { banner } from "./wiring/banner.ts";

/** When this time is over, the process exits; unfinished executions resume from their rows at the next start. */
const STOP_WITHIN_MS = 9000;

async function main(): Promise<void> {
  loadEnvFile();
  const config = readConfig();
  const log = createLogger(
    config.logLevel,
    process.stdout.isTTY ? await textDestination() : undefined,
  );
  const stopping = untilStopped(log);
  try {
    await using app = await startApp(config, log, stopping);
    process.stdout.write(banner({ ...app, signInCode: await signInCode(app, log) }, config));
    await app.buildConsole();
    await new Promise((resolve) => stopping.addEventListener("abort", resolve));
  } catch (error) {
    if (!stopping.aborted) throw error;
    if (error !== stopping.reason) log.error({ err: error }, "the shutdown failed");
  }
  log.info("stopped");
  process.exit(0);
}

/** Undefined if it cannot be stored: a server with a full disk starts without the link. */
async function signInCode(app: App, log: Logger): Promise<string | undefined> {
  try {
    return await app.newSignInCode();
  } catch (err) {
    log.warn({ err }, "no sign-in link was created; `hookyard sign-in` creates one");
    return undefined;
  }
}

/**
 * Handles signals from now on, during the start too. The first one starts a graceful shutdown; further ones are
 * ignored.
 */
function untilStopped(log: Logger): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) return;
    log.info("stopping");
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    stopping.abort();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  return stopping.signal;
}

main().catch((error: unknown) => {
  // A configuration error needs its text only. Any other error needs its stack, for the developer.
  const stack = error instanceof Error ? error.stack : String(error);
  const text = error instanceof HookyardError ? error.message : stack;
  process.stderr.write(`hookyard cannot start:\n${text}\n`);
  process.exitCode = 1;
});
