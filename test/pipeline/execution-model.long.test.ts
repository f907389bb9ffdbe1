/** The comparison of store and model, for many more random events. */
import { test } from "vitest";
import { expectLikeModel } from "../store/model/like-model.ts";

test("the store does what the model says, in hundreds of random orders of events", {
  timeout: 600_000,
}, async () => {
  await expectLikeModel(300);
});
