/** A request handler that is loaded by the first request for it. */
import type { RequestHandler } from "express";

/**
 * A failed load is answered as an error, and the next request tries again. Node caches the error of a module that
 * threw: only a restart fixes that.
 */
export function lazyHandler(load: () => Promise<RequestHandler>): RequestHandler {
  let loading: Promise<RequestHandler> | undefined;
  return async (request, response, next) => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    const handle = await loading;
    // If the client has gone, do not run the handler: it would never see the close event.
    if (!response.destroyed) await handle(request, response, next);
  };
}
