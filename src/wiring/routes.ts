/** The HTTP paths in the order in which they are matched: webhooks first. */
import express, { type Express } from "express";
import type { AdminDeps } from "../admin/api-router.ts";
import { healthRouter } from "../admin/health-router.ts";
import { metricsRouter } from "../admin/metrics-router.ts";
import { noSuchPath, problemHandler } from "../admin/problem.ts";
import type { ConsoleBuild } from "../console-host/console-build.ts";
import { answerToOperator } from "../http/answer.ts";
import { type IngressDeps, ingressRouter } from "../http/ingress-router.ts";
import { lazyHandler } from "../http/lazy-handler.ts";
import type { Message } from "../model/message.ts";
import { admit } from "../pipeline/intake/admit.ts";
import type { Sandbox } from "../sandbox/main/sandbox.ts";

export function httpHandlers(
  deps: IngressDeps &
    Omit<AdminDeps, "admit" | "credentials"> & {
      readonly sandbox: Sandbox;
      readonly metricsToken: string | undefined;
      /** Undefined if the settings ask for no console. */
      readonly consoleBuild: ConsoleBuild | undefined;
    },
): Express {
  const http = express();
  http.disable("x-powered-by").disable("etag").enable("case sensitive routing");
  http.use(ingressRouter(deps));
  const overload = () => deps.gate.problem;
  http.use(healthRouter(deps.store, { overload, sandbox: () => deps.sandbox.problem }));
  http.use(metricsRouter(deps.metrics, deps));
  // Loading the API takes 10 MB and a tenth of a second, so the first call to it loads it.
  const api = async () => {
    const { adminRouter } = await import("../admin/api-router.ts");
    return adminRouter({ ...deps, admit: resubmission(deps) });
  };
  http.use("/api/v1", lazyHandler(api));
  const { consoleBuild } = deps;
  if (consoleBuild !== undefined) {
    const pages = async () => {
      const { consoleRouter } = await import("../console-host/console-router.ts");
      return consoleRouter(consoleBuild);
    };
    http.use(lazyHandler(pages));
  }
  http.use(noSuchPath(deps.basePaths), problemHandler(deps.log, deps.metrics));
  return http;
}

/** A resubmission takes the same path as any message. */
const resubmission = (intake: IngressDeps) => async (message: Message) => {
  const startedAt = performance.now();
  const answer = await answerToOperator(await admit(message, intake), intake);
  intake.tracing?.answered(message, {
    startedAt,
    status: answer.status,
    bodyBytes: message.body.length,
  });
  return answer;
};
