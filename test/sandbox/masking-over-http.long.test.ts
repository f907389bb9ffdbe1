/** `masking-over-http.test.ts` with a secret at each place around each cut. */
import { test } from "vitest";
import { expectNothingShown, PLACES, SECRETS, useServer } from "./masking-places.ts";

useServer();

test.each(SECRETS)(
  "messages show no part of a %s, at any place around any cut",
  {
    timeout: 120_000,
  },
  async (what, secret) => {
    await expectNothingShown(what, secret, PLACES);
  },
);
