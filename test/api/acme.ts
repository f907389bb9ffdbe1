/** Scripts for tests of the API: a provider `acme`, a function `greet`, and helpers that call them. */
import { afterEach, expect } from "vitest";
import type { Json } from "../support/json.ts";
import { SharedApp } from "../support/shared-app.ts";
import { idIn, type TestApp } from "../support/test-app.ts";

export const MATCH = 'export default (event) => event.headers["x-acme"] !== undefined;';
export const PROVIDER = { name: "acme", priority: 10, script: MATCH };
export const FUNCTION = {
  name: "greet",
  provider: "acme",
  uri: "in",
  script: "export default () => 'one';",
};

/** Gives a test on a shared server its own `acme` provider and `greet` function. */
let own = "";
export const ownSuffix = () => own;
const toOwn = (text: string) => text.replaceAll(/\b(acme|greet)\b/g, `$1${own}`);
const fromOwn = (text: string) =>
  own === "" ? text : text.replaceAll(`acme${own}`, "acme").replaceAll(`greet${own}`, "greet");

export async function call(
  app: TestApp,
  what: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
) {
  const [method = "", path = ""] = toOwn(what).split(" ");
  const response = await app.api(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: toOwn(JSON.stringify(body)) }),
  });
  const text = fromOwn(await response.text());
  const json: Json = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, json, headers: response.headers };
}

export async function makeAcme(app: TestApp): Promise<void> {
  expect((await call(app, "POST /providers", PROVIDER)).status).toBe(201);
  expect((await call(app, "POST /functions", FUNCTION)).status).toBe(201);
}

let made = 0;

/** Call this while tests are collected. The tests share a server, and each has its own `acme` and `greet`. */
export class AcmeApp {
  readonly #shared = new SharedApp();

  constructor() {
    afterEach(async () => {
      if (own === "") return;
      const app = await this.#shared.app();
      for (const what of ["functions/greet", "providers/acme"]) await call(app, `DELETE /${what}`);
      own = "";
    });
  }

  async fresh(): Promise<TestApp> {
    const app = await this.#shared.app();
    made += 1;
    own = `-${made}`;
    await makeAcme(app);
    return app;
  }
}

export async function resultOf(app: TestApp): Promise<Json> {
  const id = await idIn(await app.send("in", { headers: { [`x-acme${own}`]: "1" } }));
  const { status, executions } = await app.ended(id);
  return { status, result: executions[0]?.result, version: executions[0]?.version };
}
