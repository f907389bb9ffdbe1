import { expect, test } from "vitest";
import { ANYTHING, fn, idIn, startParallelApp } from "../support/test-app.ts";

test("a message is accepted, matched, run and shown", async () => {
  await using app = await startParallelApp({
    providers: { anything: ANYTHING },
    functions: {
      greet: fn(
        "hello",
        'export default (event, ctx) => { ctx.setMessage("hi"); return event.payload; };',
      ),
    },
  });
  const response = await app.send("hello?x=1", { body: '{"a":1}' });
  expect(response.status).toBe(202);
  const message = await app.ended(await idIn(response));
  expect(message).toMatchObject({ status: "SUCCESS", provider: "anything", message: "hi" });
  expect(message.executions[0]).toMatchObject({
    function: "greet",
    status: "SUCCESS",
    result: { a: 1 },
  });
});
