/** `/metrics`, for Prometheus. */
import { timingSafeEqual } from "node:crypto";
import { Router } from "express";
import { HookyardError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { remoteAddress } from "../model/remote-address.ts";
import { AttemptBrake } from "./attempt-brake.ts";

interface MetricsAccess {
  readonly metricsToken: string | undefined;
  readonly trustProxy: boolean;
}

/** With a token only who sends it as a bearer token is answered: names of providers and functions are in there. */
export function metricsRouter(
  metrics: Metrics,
  { metricsToken: token, trustProxy }: MetricsAccess,
): Router {
  const router = Router();
  const brake = new AttemptBrake();
  router.get("/metrics", async (request, response) => {
    const address = remoteAddress(request, trustProxy);
    if (token !== undefined) brake.assertFree(address);
    if (token !== undefined && !isSame(request.get("authorization") ?? "", `Bearer ${token}`)) {
      if (request.get("authorization") !== undefined) brake.wrong(address);
      throw new HookyardError(
        "unauthorized",
        "send the header `Authorization: Bearer <token>` with the token set as HOOKYARD_METRICS_TOKEN",
      );
    }
    const { contentType, body } = await metrics.text();
    response.set("content-type", contentType).send(body);
  });
  return router;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
