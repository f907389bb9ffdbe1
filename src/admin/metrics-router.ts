/** `/metrics`, for Prometheus. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type RequestHandler, Router } from "express";
import { HookyardError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { remoteAddress } from "../model/remote-address.ts";
import { refuseOtherMethods } from "./negotiation.ts";
import { WrongTokens } from "./wrong-tokens.ts";

interface MetricsAccess {
  readonly metricsToken: string | undefined;
  readonly trustProxy: boolean;
}

/** If a token is set, only requests with it are answered: metrics contain names of providers and functions. */
export function metricsRouter(
  metrics: Metrics,
  { metricsToken: token, trustProxy }: MetricsAccess,
): Router {
  const router = Router();
  const wrongTokens = new WrongTokens();
  const answer: RequestHandler = async (request, response) => {
    const given = request.get("authorization");
    if (token !== undefined && !isSame(given ?? "", `Bearer ${token}`)) {
      const tooMany =
        given === undefined ? undefined : wrongTokens.add(remoteAddress(request, trustProxy));
      throw (
        tooMany ??
        new HookyardError(
          "unauthorized",
          "send the header `Authorization: Bearer <token>` with the token set as HOOKYARD_METRICS_TOKEN",
        )
      );
    }
    const { contentType, body } = await metrics.text();
    response.set("content-type", contentType).send(body);
  };
  router
    .route("/metrics")
    .get(answer)
    .all(refuseOtherMethods(["get"]));
  return router;
}

/** Compares digests, so that the time does not reveal the length either. */
const isSame = (given: string, expected: string): boolean =>
  timingSafeEqual(digestOf(given), digestOf(expected));

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();
