/** A part of the server that is loaded by the first request for it. */
import type { RequestHandler } from "express";

/** A load that fails is answered like any error. Node keeps the error of a module that threw: only a start mends that. */
export function lazyHandler(load: () => Promise<RequestHandler>): RequestHandler {
  let loading: Promise<RequestHandler> | undefined;
  return async (request, response, next) => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    const handle = await loading;
    // Who has gone meanwhile would not be noticed to have gone.
    if (!response.destroyed) await handle(request, response, next);
  };
}
