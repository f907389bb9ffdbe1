/** Paths, in the order in which they are tried: senders first. */
import express, { type Express } from "express";
import { healthRouter } from "../admin/health.ts";
import { metricsRouter } from "../admin/metrics.ts";
import { noSuchPath, problemHandler } from "../admin/problem.ts";
import type { AdminSurroundings } from "../admin/router.ts";
import { answerToOperator } from "../http/answer.ts";
import { whenAsked } from "../http/lazy-handler.ts";
import { type IngressSurroundings, ingressRouter } from "../http/router.ts";
import type { Message } from "../model/message.ts";
import { admit } from "../pipeline/intake/admit.ts";
import type { Sandbox } from "../sandbox/main/sandbox.ts";

export function httpSide(
  around: IngressSurroundings &
    Omit<AdminSurroundings, "admit"> & {
      readonly sandbox: Sandbox;
      readonly metricsToken: string | undefined;
    },
): Express {
  const http = express();
  http.disable("x-powered-by").disable("etag").enable("case sensitive routing");
  http.use(ingressRouter(around));
  const overload = () => around.gate.problem;
  http.use(healthRouter(around.store, { overload, sandbox: () => around.sandbox.problem }));
  http.use(metricsRouter(around.metrics, around));
  // People call it, senders do not: what is behind it takes 10 MB and a tenth of a second.
  const api = async () => {
    const { adminRouter } = await import("../admin/router.ts");
    return adminRouter({ ...around, admit: resubmission(around) });
  };
  http.use("/api/v1", whenAsked(api));
  http.use(noSuchPath(around.basePaths), problemHandler(around.log, around.metrics));
  return http;
}

/** What an operator submits again goes the way of every message. */
const resubmission = (intake: IngressSurroundings) => async (message: Message) => {
  const startedAt = performance.now();
  const answer = await answerToOperator(await admit(message, intake), intake);
  intake.tracing?.answered(message, {
    startedAt,
    status: answer.status,
    bodyBytes: message.body.length,
  });
  return answer;
};
