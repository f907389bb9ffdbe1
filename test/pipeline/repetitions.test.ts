/** A sender sends a failed delivery again: functions that failed run again, and those that succeeded do not. */
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { idIn, type TestApp } from "../support/test-app.ts";

const shared = new SharedApp();

const SENDER = {
  json: { priority: 1, dedupe: 600 },
  script: `export default () => true;
    export const deliveryId = (event) => event.headers["x-id"];`,
};

/** Throws if `x-fail` has its name, and otherwise answers with its idempotency key. */
const shop = (name: string, json: object = {}) => ({
  json: { provider: "sender", uri: "shop", ...json },
  script: `export default (event, ctx) => {
    if ((event.headers["x-fail"] ?? "").includes("${name}")) throw new Error("${name} is broken");
    if ("x-respond" in event.headers) ctx.respond({ status: 201, body: "by ${name}" });
    return ctx.idempotencyKey;
  };`,
});

/** Runs until a message of the same function has `x-open`, then fails if `x-fail` is set. */
const GATED = {
  json: { provider: "sender", uri: "gated", hostCalls: 10_000 },
  script: `export default async (event, ctx) => {
    if (event.headers["x-open"]) return ctx.kv.set(event.headers["x-open"], true);
    while (!(await ctx.kv.get(event.deliveryId))) await ctx.sleep(5);
    if ((event.headers["x-fail"] ?? "").includes("gated")) throw new Error("broken");
  };`,
};

const SCRIPTS = {
  providers: { sender: SENDER },
  functions: {
    bill: shop("bill"),
    mail: shop("mail", { order: 1 }),
    ship: shop("ship", { order: 2 }),
    gated: GATED,
    patient: {
      json: { provider: "sender", uri: "patient", retry: { maxAttempts: 2, backoffMs: 3_600_000 } },
      script: "export default () => { throw new Error('not yet'); };",
    },
  },
};

let deliveries = 0;
const newId = () => `delivery-${deliveries++}`;

interface Sending {
  readonly id: string;
  readonly uri?: string;
  /** The header that makes the named functions fail. */
  readonly fail?: string;
  readonly sync?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(app: TestApp, { id, uri = "shop", fail, sync = false, headers }: Sending) {
  const ownHeaders = {
    "x-id": id,
    ...(fail === undefined ? {} : { "x-fail": fail }),
    ...(sync ? { "flex-sync-webhook": "true" } : {}),
    ...headers,
  };
  return app.send(uri, { headers: ownHeaders });
}

async function sendSync(app: TestApp, sending: Omit<Sending, "sync">) {
  const response = await send(app, { ...sending, sync: true });
  const body = (await response.json()) as {
    readonly messageId: string;
    readonly status: string;
    readonly functions: readonly { readonly name: string; readonly status: string }[];
  };
  const statuses = Object.fromEntries(body.functions.map(({ name, status }) => [name, status]));
  return { answer: response.status, ...body, statuses, view: await app.ended(body.messageId) };
}

const sendAsync = async (app: TestApp, sending: Sending) =>
  app.ended(await idIn(await send(app, sending)));

const ran = ({ executions }: Awaited<ReturnType<typeof sendAsync>>) =>
  Object.fromEntries(executions.map((one) => [one.function, one.status]));

test("a synchronous repetition runs the failed functions with their first key, and a further one is a duplicate", async () => {
  const app = await shared.with(SCRIPTS);
  const id = newId();
  const first = await sendSync(app, { id, fail: "mail" });
  expect(first).toMatchObject({ answer: 500, status: "FAILED" });
  expect(ran(first.view)).toEqual({ bill: "SUCCESS", mail: "FAILED", ship: "SUCCESS" });

  const again = await sendSync(app, { id });
  expect(again).toMatchObject({ answer: 200, status: "SUCCESS" });
  expect(again.statuses).toEqual({ bill: "SUCCESS", mail: "SUCCESS", ship: "SUCCESS" });
  expect(ran(again.view)).toEqual({ mail: "SUCCESS" });
  expect(again.view).toMatchObject({ repetitionOf: first.messageId, duplicateOf: null });
  expect(again.view.executions[0]?.result).toBe(`${first.messageId}/mail`);
  expect((await app.ended(first.messageId)).status).toBe("FAILED");

  const third = await sendSync(app, { id, fail: "bill" });
  expect(third).toMatchObject({ answer: 200, status: "SUCCESS", statuses: again.statuses });
  expect(third.view).toMatchObject({ status: "DUPLICATE", duplicateOf: again.messageId });
  expect(third.view.executions).toEqual([]);
});

test("each repetition runs the functions that still fail, until each has succeeded once", async () => {
  const app = await shared.with(SCRIPTS);
  const id = newId();
  const first = await sendAsync(app, { id, fail: "bill mail ship" });
  const second = await sendAsync(app, { id, fail: "bill ship" });
  const third = await sendAsync(app, { id, fail: "ship mail" });
  const fourth = await sendAsync(app, { id });
  const fifth = await sendAsync(app, { id, fail: "bill mail ship" });
  expect([first, second, third, fourth, fifth].map(ran)).toEqual([
    { bill: "FAILED", mail: "FAILED", ship: "FAILED" },
    { bill: "FAILED", mail: "SUCCESS", ship: "FAILED" },
    { bill: "SUCCESS", ship: "FAILED" },
    { ship: "SUCCESS" },
    {},
  ]);
  expect([second, third, fourth].map((one) => one.repetitionOf)).toEqual(Array(3).fill(first.id));
  expect(fourth.executions[0]?.result).toBe(`${first.id}/ship`);
  expect(fifth).toMatchObject({ status: "DUPLICATE", duplicateOf: fourth.id });
});

test("of simultaneous repetitions one runs the failed functions, and all get its answer", async () => {
  const app = await shared.with(SCRIPTS);
  for (const sync of [true, false]) {
    const id = newId();
    await sendAsync(app, { id, fail: "bill ship" });
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(app, { id, sync })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([sync ? 200 : 202]));
    const views = await Promise.all(answers.map(async (one) => app.ended(await idIn(one))));
    expect(views.map(({ status }) => status).toSorted()).toEqual([
      ...Array(11).fill("DUPLICATE"),
      "SUCCESS",
    ]);
    const ran = views.flatMap(({ executions }) => executions.map((one) => one.function));
    expect(ran.toSorted()).toEqual(["bill", "ship"]);
  }
});

test("a repetition during the first run is a duplicate with its answer, and the next one runs", async () => {
  const app = await shared.with(SCRIPTS);
  const id = newId();
  const gated = { id, uri: "gated" };
  const first = sendSync(app, { ...gated, fail: "gated" });
  const received = async (status: string) => {
    const page = await (await app.api(`/messages?status=${status}&uri=gated`)).json();
    return (page as { readonly items: readonly unknown[] }).items.length;
  };
  await expect.poll(() => received("PENDING")).toBe(1);
  const meanwhile = sendSync(app, gated);
  await expect.poll(() => received("DUPLICATE")).toBe(1);
  await send(app, { id: newId(), uri: "gated", headers: { "x-open": id } });
  const [one, other] = await Promise.all([first, meanwhile]);
  expect([one.answer, other.answer]).toEqual([500, 500]);
  expect([one.view.status, other.view.status]).toEqual(["FAILED", "DUPLICATE"]);
  expect(await sendSync(app, gated)).toMatchObject({ answer: 200, status: "SUCCESS" });
});

test("a repetition of a message that waits for its next attempt is a duplicate", async () => {
  const app = await shared.with(SCRIPTS);
  const sending = { id: newId(), uri: "patient" };
  const first = await idIn(await send(app, sending));
  const attempted = async () => {
    const { executions } = (await (await app.api(`/messages/${first}`)).json()) as {
      executions: { attempts: unknown[] }[];
    };
    return executions[0]?.attempts.length;
  };
  await expect.poll(attempted).toBe(1);
  expect(await sendAsync(app, sending)).toMatchObject({
    status: "DUPLICATE",
    duplicateOf: first,
  });
});

test("the answer of a function that succeeded before is the answer of the repetition that succeeds", async () => {
  const app = await shared.with(SCRIPTS);
  const sending = { id: newId(), sync: true, headers: { "x-respond": "1" } };
  expect((await send(app, { ...sending, fail: "ship" })).status).toBe(500);
  for (const _ of ["repetition", "duplicate"]) {
    const response = await send(app, sending);
    expect([response.status, await response.text()]).toEqual([201, "by bill"]);
  }
});

async function resubmit(app: TestApp, id: string, functions: readonly string[], fail?: string) {
  const response = await app.api(`/messages/${id}/resubmit`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ functions, headers: { "x-fail": fail ?? null } }),
  });
  return await app.ended(await idIn(response));
}

test("a function that a resubmission ran with success does not run again for the sender", async () => {
  const app = await shared.with(SCRIPTS);
  const [whole, part, partly] = [newId(), newId(), newId()];
  const first = await sendAsync(app, { id: whole, fail: "mail ship" });
  const copy = await resubmit(app, first.id, ["mail", "ship"]);
  expect(copy.status).toBe("SUCCESS");
  const again = await sendSync(app, { id: whole });
  expect(again).toMatchObject({ answer: 200, view: { status: "DUPLICATE", duplicateOf: copy.id } });

  await resubmit(app, (await sendAsync(app, { id: part, fail: "mail ship" })).id, ["mail"]);
  expect(ran(await sendAsync(app, { id: part }))).toEqual({ ship: "SUCCESS" });

  const { id } = await sendAsync(app, { id: partly, fail: "mail ship" });
  const failed = await resubmit(app, id, ["mail", "ship"], "ship");
  expect(failed.status).toBe("FAILED");
  expect(ran(await sendAsync(app, { id: partly, fail: "ship" }))).toEqual({ ship: "FAILED" });
  // A resubmission of the resubmission counts as well.
  expect((await resubmit(app, failed.id, ["ship"])).status).toBe("SUCCESS");
  expect(await sendSync(app, { id: partly })).toMatchObject({ view: { status: "DUPLICATE" } });
});

test("a resubmission that ends while the first message is pending counts when that fails", async () => {
  const app = await shared.with({
    ...SCRIPTS,
    functions: {
      gated: GATED,
      bill: { ...shop("bill"), json: { provider: "sender", uri: "gated" } },
    },
  });
  for (const [fail, statuses] of [
    ["bill", {}],
    ["bill gated", { gated: "SUCCESS" }],
  ] as const) {
    const id = newId();
    const first = await idIn(await send(app, { id, uri: "gated", fail }));
    const copy = await resubmit(app, first, ["bill"]);
    expect(copy.status).toBe("SUCCESS");
    await sendAsync(app, { id: newId(), uri: "gated", headers: { "x-open": id } });
    expect((await app.ended(first)).status).toBe("FAILED");
    const again = await sendAsync(app, { id, uri: "gated" });
    expect(ran(again)).toEqual(statuses);
    if (fail === "bill") expect(again).toMatchObject({ status: "DUPLICATE", duplicateOf: copy.id });
  }
});

test("a function that is not installed during one repetition runs in the next", async () => {
  const { ship, ...others } = SCRIPTS.functions;
  const app = await shared.with(SCRIPTS);
  const id = newId();
  await sendAsync(app, { id, fail: "mail ship" });
  await shared.with({ ...SCRIPTS, functions: others });
  expect(ran(await sendAsync(app, { id, fail: "mail" }))).toEqual({ mail: "FAILED" });
  expect(ran(await sendAsync(app, { id }))).toEqual({ mail: "SUCCESS" });
  await shared.with({ ...SCRIPTS, functions: { ...others, ship } });
  expect(ran(await sendAsync(app, { id }))).toEqual({ ship: "SUCCESS" });
});

test("when no failed function is installed any more a repetition is a duplicate, and new functions do not run", async () => {
  const { ship, ...others } = SCRIPTS.functions;
  const app = await shared.with(SCRIPTS);
  const id = newId();
  await sendAsync(app, { id, fail: "ship" });
  await shared.with({ ...SCRIPTS, functions: { ...others, pack: shop("pack") } });
  expect(await sendSync(app, { id })).toMatchObject({ answer: 500, view: { status: "DUPLICATE" } });
  await shared.with({ ...SCRIPTS, functions: { ...others, ship } });
  expect(ran(await sendAsync(app, { id }))).toEqual({ ship: "SUCCESS" });
});
