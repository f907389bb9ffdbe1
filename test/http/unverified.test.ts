/** Unverified messages of providers without a secret: when they are accepted or refused, and where that is reported. */
import { createHmac } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { nearestName } from "../../src/model/nearest-name.ts";
import { hookyard } from "../support/command.ts";
import { startServer } from "../support/server-process.ts";
import { SharedApp } from "../support/shared-app.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { fn, idIn, type ScriptFolder, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();

test.each([
  [{}, "accept"],
  [{ HOOKYARD_HOST: "127.0.0.1" }, "accept"],
  [{ HOOKYARD_HOST: "127.8.9.10" }, "accept"],
  [{ HOOKYARD_HOST: "localhost" }, "accept"],
  [{ HOOKYARD_HOST: "LocalHost." }, "accept"],
  [{ HOOKYARD_HOST: "::1" }, "accept"],
  [{ HOOKYARD_HOST: "0:0:0:0:0:0:0:1" }, "accept"],
  [{ HOOKYARD_HOST: "::ffff:127.0.0.1" }, "accept"],
  [{ HOOKYARD_HOST: "0.0.0.0" }, "refuse"],
  [{ HOOKYARD_HOST: "::" }, "refuse"],
  [{ HOOKYARD_HOST: "::ffff:0.0.0.0" }, "refuse"],
  [{ HOOKYARD_HOST: "10.0.0.1" }, "refuse"],
  [{ HOOKYARD_HOST: "126.255.255.255" }, "refuse"],
  [{ HOOKYARD_HOST: "::2" }, "refuse"],
  [{ HOOKYARD_HOST: "localhost.example.org" }, "refuse"],
  [{ HOOKYARD_HOST: "hooks.internal" }, "refuse"],
  [{ HOOKYARD_PUBLIC_URL: "https://hooks.example.org" }, "refuse"],
  [{ HOOKYARD_TRUST_PROXY: "true" }, "refuse"],
  [{ HOOKYARD_TRUST_PROXY: "false" }, "accept"],
  [{ HOOKYARD_UNVERIFIED: "refuse" }, "refuse"],
  [{ HOOKYARD_UNVERIFIED: "accept", HOOKYARD_HOST: "0.0.0.0" }, "accept"],
  [{ HOOKYARD_UNVERIFIED: "accept", HOOKYARD_TRUST_PROXY: "true" }, "accept"],
])("with %j unverified messages are treated by %s", (environment, unverified) => {
  expect(readConfig(environment).unverified).toBe(unverified);
});

test("any value but accept and refuse is an error that names both", () => {
  expect(() => readConfig({ HOOKYARD_UNVERIFIED: "report" })).toThrow(
    /HOOKYARD_UNVERIFIED: .*accept.*refuse/,
  );
});

test.each([
  ["GITHUB_WEBHOOK_SECRT", "GITHUB_WEBHOOK_SECRET"],
  ["GITHUB_WEBHOOK_SECRETS", "GITHUB_WEBHOOK_SECRET"],
  ["GITHUB_WEBHOOK_SERCET", "GITHUB_WEBHOOK_SECRET"],
  ["GITLAB_WEBHOOK_SECRET", "GITLAB_WEBHOOK_SECRET"],
  ["GITHUB_TOKEN", undefined],
  ["GIT_WEBHOOK_SECRET", undefined],
])("%s is likely %s", (given, meant) => {
  const names = ["GITHUB_WEBHOOK_SECRET", "GITLAB_WEBHOOK_SECRET", "SLACK_SIGNING_SECRET"];
  expect(nearestName(given, names)).toBe(meant);
});

const property = { name: "secret", secret: true, env: "ACME_WEBHOOK_SECRET" };
const provider = (name: string, verify: string, json: object = {}): ScriptFolder => ({
  json: { priority: 1, properties: [property], ...json },
  script: `export default (event) => event.uri === "${name}";
    export const verify = (event, ctx) => { const { secret } = ctx.properties; return ${verify}; };`,
});
const HMAC = 'ctx.verify.hmac({ secret, header: "x-sig" })';

const refusing = new SharedApp({
  HOOKYARD_UNVERIFIED: "refuse",
  ACME_WEBHOOK_SECRT: "a-secret-under-a-wrong-name",
});
const installed = {
  providers: {
    acme: provider("acme", HMAC),
    trusting: provider("trusting", "!secret || false"),
    reporting: provider("reporting", HMAC, { verification: "report" }),
    unasked: provider("unasked", HMAC, { verification: "off" }),
    keyless: provider("keyless", 'event.headers["x-own"] === "1"', { properties: [] }),
    idle: provider("idle", HMAC),
    silent: { json: { priority: 1 }, script: 'export default (event) => event.uri === "silent";' },
  },
  functions: Object.fromEntries(
    ["acme", "trusting", "reporting", "unasked", "keyless", "silent"].map((name) => [
      `of-${name}`,
      fn(name, "export default () => 1;", { provider: name }),
    ]),
  ),
};

test.each(["acme", "trusting"])(
  "under refuse, a message of %s without a secret gets 401, and the stored reason says what to set",
  async (name) => {
    const app = await refusing.with(installed);
    for (const headers of [{}, { "x-sig": "00" }, { "flex-sync-webhook": "true" }]) {
      const response = await app.send(name, { headers });
      expect(response.status).toBe(401);
      const text = await response.clone().text();
      expect(text).not.toMatch(/secret|ACME|UNVERIFIED/i);
      const message = await app.ended(await idIn(response));
      expect(message).toMatchObject({ status: "REJECTED", provider: name, executions: [] });
      expect(message.verification).toEqual({
        mode: "enforce",
        result: "failed",
        reason:
          "no secret is set, and HOOKYARD_UNVERIFIED is refuse, the default where others can reach the server: set property secret (variable ACME_WEBHOOK_SECRET)",
      });
    }
  },
);

test.each([
  ["reporting", {}, 202, { mode: "report", result: "failed" }],
  ["unasked", {}, 202, { mode: "off", result: "skipped" }],
  ["silent", {}, 202, { mode: "off", result: "skipped" }],
  ["keyless", {}, 401, { mode: "enforce", result: "failed" }],
  ["keyless", { "x-own": "1" }, 202, { mode: "enforce", result: "ok" }],
])("under refuse, %s with %j is still %i", async (name, headers, status, verification) => {
  const app = await refusing.with(installed);
  const response = await app.send(name, { headers });
  expect(response.status).toBe(status);
  expect((await app.ended(await idIn(response))).verification).toMatchObject(verification);
});

test("the API and the command show the mode in force and the providers that accept unverified messages", async () => {
  const app = await refusing.with(installed);
  const { items } = (await (await app.api("/providers")).json()) as {
    items: { name: string; verificationInForce: string; acceptsUnverified: boolean }[];
  };
  const found = items.map((one) => [one.name, one.verificationInForce, one.acceptsUnverified]);
  expect(found).toEqual([
    ["acme", "enforce", false],
    ["idle", "enforce", false],
    ["keyless", "enforce", false],
    ["reporting", "report", true],
    ["silent", "off", true],
    ["trusting", "enforce", false],
    ["unasked", "off", true],
  ]);
  expect(await (await app.api("/providers/silent")).json()).toMatchObject({
    acceptsUnverified: true,
  });
  const environment = { HOOKYARD_URL: app.url, HOOKYARD_TOKEN: TOKEN };
  const { out } = await hookyard(["providers", "list"], { environment });
  expect(out).toMatch(/^reporting .* report, UNVERIFIED/m);
  expect(out).toMatch(/^acme .* not set +auto: enforce$/m);
  const doctor = await hookyard(["doctor", "--remote", "--json"], { environment });
  const findings = JSON.parse(doctor.out).items as { check: string; found: string }[];
  const of = (check: string) => findings.find((one) => one.check === check)?.found;
  expect(of("unverified messages")).toBe("functions run on those of reporting, silent, unasked");
  expect(of("secrets")).toBe(
    "none for acme (ACME_WEBHOOK_SECRET), trusting (ACME_WEBHOOK_SECRET): every message is refused",
  );
});

test("a new secret applies from the next message on; a definition in the database may name no variable", async () => {
  const app = await refusing.with(installed);
  const create = (own: object) =>
    app.api("/providers", {
      method: "POST",
      body: JSON.stringify({
        name: "stored",
        priority: 1,
        properties: [own],
        script: provider("stored", HMAC).script,
      }),
    });
  const { env, ...withoutVariable } = property;
  const named = await create(property);
  expect(named.status).toBe(400);
  expect(await named.text()).toContain(`found env \\"${env}\\", expected none`);
  expect((await create(withoutVariable)).status).toBe(201);
  const body = "{}";
  const signature = createHmac("sha256", "a-new-secret").update(body).digest("hex");
  const send = async () => await app.send("stored", { body, headers: { "x-sig": signature } });
  const refused = await send();
  expect(refused.status).toBe(401);
  expect((await app.ended(await idIn(refused))).verification?.reason).toMatch(
    /: set property secret$/,
  );
  const path = "/providers/stored/properties/secret";
  const value = JSON.stringify({ value: "a-new-secret" });
  expect((await app.api(path, { method: "PUT", body: value })).ok).toBe(true);
  expect((await send()).status).toBe(202);
  await app.api(path, { method: "DELETE" });
  expect((await send()).status).toBe(401);
  await app.api("/providers/stored", { method: "DELETE" });
});

test("under accept, an unverified message is accepted and marked", async () => {
  const app = await shared.with(installed);
  const response = await app.send("acme", { headers: { "x-sig": "00" } });
  expect(response.status).toBe(202);
  expect(await app.ended(await idIn(response))).toMatchObject({
    status: "SUCCESS",
    verification: { mode: "report", result: "failed" },
  });
});

test("a server that others can reach refuses unverified messages, and its banner and log say so once", async () => {
  const folder = tempFolder().path;
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [name, { json, script }] of Object.entries(installed.providers)) {
    write(`providers/${name}/provider.json`, JSON.stringify({ name, ...json }));
    write(`providers/${name}/match.ts`, script);
  }
  for (const [name, { json, script }] of Object.entries(installed.functions)) {
    write(`functions/${name}/function.json`, JSON.stringify({ name, ...json }));
    write(`functions/${name}/index.ts`, script);
  }
  const environment = {
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    ACME_WEBHOOK_SECRT: "a-secret-under-a-wrong-name",
  };
  try {
    const open = await startServer({ ...environment, HOOKYARD_HOST: "0.0.0.0" });
    const answer = await fetch(`${open.url}/webhooks/v1/acme`, { method: "POST" });
    expect(answer.status).toBe(401);
    const [, banner = ""] = open.output().split("hookyard is ready");
    const [, url, code] = /sign in at +(http\S+)\/sign-in#code=(hkl_\S+)$/m.exec(banner) ?? [];
    const body = JSON.stringify({ code });
    const signedIn = await fetch(`${url}/api/v1/sessions`, { method: "POST", body });
    expect(signedIn.status).toBe(201);
    await open.end("SIGTERM");
    expect(banner).toMatch(/refused +every message of acme gets 401: .*ACME_WEBHOOK_SECRET/);
    expect(banner).toMatch(/unverified +messages of reporting are accepted .*"report"/);
    expect(banner).toMatch(/unverified +messages of silent are accepted .*no verify/);
    expect(banner).toMatch(/not used +.*ACME_WEBHOOK_SECRT: did you mean ACME_WEBHOOK_SECRET/);
    expect(banner).not.toMatch(/of idle|a-secret-under/);
    expect(banner).toMatch(/functions run +for (?=.*acme)(?=.*reporting)(?!.*idle)/);
    expect(banner).toMatch(/its page is at +http\S+\/api\/v1\/docs$/m);
    expect(banner).toMatch(/admin token +hky_/);
    expect(banner).toMatch(/next +npx hookyard doctor --url http:\/\/127\.0\.0\.1:\d+$/m);
    for (const text of ["messages of reporting are accepted", "every message of acme gets 401"])
      expect(open.output().split(text).length - 1, text).toBe(1);
    write("providers/acme/samples/one.json", "{}");
    const own = await startServer(environment);
    expect(own.output()).not.toContain("admin token");
    expect(own.output()).toMatch(/next +npx hookyard send acme --wait --url /);
    expect((await fetch(`${own.url}/webhooks/v1/acme`, { method: "POST" })).status).toBe(202);
    expect(own.output()).toMatch(/unverified +messages of acme are accepted .*no secret is set/);
    write("functions/late/function.json", '{"name":"late","provider":"idle","uri":"late"}');
    write("functions/late/index.ts", "export default () => 1;\n");
    const isWarned = () => own.output().includes("messages of idle are accepted without proof");
    await expect.poll(isWarned).toBe(true);
    await own.end("SIGTERM");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
