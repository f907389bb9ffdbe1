/** Verification by sender address: ranges, address families, invalid ranges, and forged headers. */
import { expect, test } from "vitest";
import { verify } from "../../src/verify/verify.ts";
import { fn, idIn, startTestApp } from "../support/test-app.ts";

const from = (remoteAddress: string) => ({
  headers: new Map<string, readonly string[]>(),
  body: Buffer.alloc(0),
  judgedAt: 0,
  line: () => ({ method: "POST", remoteAddress }),
});

test.each([
  ["192.0.2.7", "192.0.2.0/24", true],
  ["192.0.3.7", "192.0.2.0/24", false],
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.8", "192.0.2.7", false],
  ["192.0.2.7", "10.0.0.0/8, 192.0.2.0/24", true],
  ["192.0.2.7", "10.0.0.0/8\n192.0.2.0/24", true],
  ["192.0.2.7", ["10.0.0.0/8", undefined, "192.0.2.0/24"], true],
  ["255.255.255.255", "0.0.0.0/0", true],
  ["2001:db8::1", "2001:db8::/32", true],
  ["2001:db9::1", "2001:db8::/32", false],
  ["2001:DB8:0:0::1", "2001:db8::1", true],
  ["192.0.2.7", "2001:db8::/32", false],
  ["2001:db8::1", "0.0.0.0/0", false],
  ["192.0.2.7", "::ffff:192.0.2.0/120", true],
  ["192.0.3.7", "::ffff:192.0.2.0/120", false],
  ["192.0.2.7", "::FFFF:192.0.2.7", true],
  ["192.0.2.7", "::/0", false],
  ["192.0.2.7", "::ffff:0.0.0.0/96", true],
  ["", "0.0.0.0/0", false],
  ["not an address", "0.0.0.0/0", false],
  ["192.0.2.7", "", false],
  ["192.0.2.7", undefined, false],
  ["192.0.2.7", [], false],
])("%j in %j: %s", (address, ranges, ok) => {
  expect(verify("address", { ranges }, from(address)).ok).toBe(ok);
});

test.each([
  "nonsense",
  "192.0.2.0/33",
  "192.0.2.0/",
  "192.0.2.0/-1",
  "192.0.2.0/24/1",
  "2001:db8::/129",
  "192.0.2/24",
  "::ffff:192.0.2.0/24",
  "010.0.0.0/8",
])("%j is an error that names the expected form", (ranges) => {
  expect(() => verify("address", { ranges }, from("192.0.2.7"))).toThrow(
    /expected an address or a range/,
  );
  expect(() => verify("address", { ranges: `10.0.0.0/8 ${ranges}` }, from("10.0.0.1"))).toThrow(
    ranges.slice(0, 9),
  );
});

test("through the whole server the address is that of the connection, or that from the trusted proxy", async () => {
  const installed = {
    providers: {
      acme: {
        json: {
          priority: 1,
          verification: "enforce",
          properties: [
            { name: "ranges", description: "", secret: false, required: true, env: "ACME_RANGES" },
          ],
        },
        script:
          "export default () => true;\nexport const verify = (event, ctx) => ctx.verify.address({ ranges: ctx.properties.ranges });\n",
      },
    },
    functions: {
      echo: fn("x", "export default (event) => event.remoteAddress;", { provider: "acme" }),
    },
  };
  const forwarded = { "x-forwarded-for": "192.0.2.7" };
  {
    await using app = await startTestApp({
      ...installed,
      environment: { ACME_RANGES: "192.0.2.0/24" },
    });
    expect((await app.send("x", { headers: forwarded })).status).toBe(401);
  }
  {
    await using app = await startTestApp({
      ...installed,
      environment: { ACME_RANGES: "127.0.0.0/8" },
    });
    expect((await app.send("x", { headers: forwarded })).status).toBe(202);
  }
  await using app = await startTestApp({
    ...installed,
    environment: { ACME_RANGES: "192.0.2.0/24", HOOKYARD_TRUST_PROXY: "true" },
  });
  expect((await app.send("x")).status).toBe(401);
  const response = await app.send("x", { headers: forwarded });
  expect((await app.ended(await idIn(response))).executions[0]?.result).toBe("192.0.2.7");
});
