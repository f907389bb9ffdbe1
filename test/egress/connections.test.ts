/** Each guard alone, host names whose addresses change, and reused connections. */
import { BlockList } from "node:net";
import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { createAddressPolicy } from "../../src/egress/address-policy.ts";
import { allowedAddresses } from "../../src/egress/connector.ts";
import { dial } from "../../src/egress/dial.ts";
import { Egress } from "../../src/egress/egress.ts";
import { boundedLookup, type Lookup } from "../../src/egress/lookup.ts";
import { testGuards } from "../../src/egress/self-test.ts";
import { call, granted, startServer, startTcpServer, textOf } from "../support/egress-server.ts";

const { signal } = new AbortController();
const nothing = createAddressPolicy([]);
const hello = (_: unknown, response: { end(text: string): void }) => response.end("hello");

/** A resolver that returns the given answers in turn, then repeats the last one. */
function answering(...answers: readonly (readonly string[])[]): Lookup & { asked: number } {
  const lookup = async () => {
    const answer = answers[Math.min(lookup.asked, answers.length - 1)] ?? [];
    lookup.asked += 1;
    return answer.map((address) => ({ address }));
  };
  lookup.asked = 0;
  return lookup;
}

test("a literal is refused before anything is looked up or connected to", async () => {
  const lookup = answering(["8.8.8.8"]);
  const guards = { policy: nothing, lookup: boundedLookup(lookup) };
  await expect(allowedAddresses("127.0.0.1", guards, signal)).rejects.toMatchObject({
    kind: "EGRESS_DENIED",
  });
  await expect(allowedAddresses("8.8.8.8", guards, signal)).resolves.toEqual(["8.8.8.8"]);
  expect(lookup.asked).toBe(0);
});

test.each([
  [["8.8.8.8", "127.0.0.1"]],
  [["127.0.0.1", "8.8.8.8"]],
  [["8.8.8.8", "2606:4700::1111", "::ffff:10.0.0.1"]],
  [["8.8.8.8", "fe80::1%eth0"]],
])("a name with the addresses %j is refused for one of them", async (addresses) => {
  const guards = { policy: nothing, lookup: boundedLookup(answering(addresses)) };
  await expect(allowedAddresses("mixed.example", guards, signal)).rejects.toMatchObject({
    kind: "EGRESS_DENIED",
  });
});

test("a socket that reached a private address is closed before a byte is sent", async () => {
  await using server = await startTcpServer();
  const target = { hostname: "innocent.example", port: server.port, addresses: ["127.0.0.1"] };
  const policy = { ...nothing, blockList: new BlockList() };
  await expect(dial(target, policy, signal)).rejects.toMatchObject({ kind: "EGRESS_DENIED" });
  await expect.poll(server.open).toBe(0);
  expect(server.received()).toBe(0);
});

test("Node's own block list refuses without a connection", async () => {
  await using server = await startTcpServer();
  const target = { hostname: "innocent.example", port: server.port, addresses: ["127.0.0.1"] };
  const policy = { ...nothing, allows: () => true };
  await expect(dial(target, policy, signal)).rejects.toMatchObject({ code: "ERR_IP_BLOCKED" });
  expect(server.accepted()).toBe(0);
});

test("a mixed answer is refused as a whole, with no connection to the allowed address", async () => {
  await using server = await startServer(hello, "127.0.0.2");
  const grant = granted([`http://mixed.example:${server.port}`], ["127.0.0.2/32"]);
  for (const addresses of [
    ["127.0.0.2", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.2"],
  ]) {
    await using egress = new Egress({ lookup: answering(addresses) });
    const answer = await call(egress, `http://mixed.example:${server.port}/`, grant);
    expect(textOf(answer)).toBe("EGRESS_DENIED EgressDenied");
  }
  expect(server.accepted()).toBe(0);
});

test("a name that moves from an allowed to a refused address is refused from then on", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { connection: "close" }).end("hello");
  }, "127.0.0.2");
  const url = `http://moving.example:${server.port}/`;
  const grant = granted([url.slice(0, -1)], ["127.0.0.2/32"]);
  await using egress = new Egress({ lookup: answering(["127.0.0.2"], ["127.0.0.1"]) });
  expect(textOf(await call(egress, url, grant))).toBe("200 hello");
  expect(textOf(await call(egress, url, grant))).toBe("EGRESS_DENIED EgressDenied");
});

test("a name that moves from a refused to an allowed address is reached after that", async () => {
  await using server = await startServer(hello, "127.0.0.2");
  const url = `http://moving.example:${server.port}/`;
  const grant = granted([url.slice(0, -1)], ["127.0.0.2/32"]);
  await using egress = new Egress({ lookup: answering(["127.0.0.1"], ["127.0.0.2"]) });
  expect(textOf(await call(egress, url, grant))).toBe("EGRESS_DENIED EgressDenied");
  expect(textOf(await call(egress, url, grant))).toBe("200 hello");
});

test("a name is looked up once per connection, so the checked address is the connected one", async () => {
  await using allowed = await startServer(hello, "127.0.0.2");
  const lookup = answering(["127.0.0.2"], ["127.0.0.1"]);
  const url = `http://moving.example:${allowed.port}/`;
  await using egress = new Egress({ lookup });
  const grant = granted([url.slice(0, -1)], ["127.0.0.2/32"]);
  expect(textOf(await call(egress, url, grant))).toBe("200 hello");
  expect([lookup.asked, allowed.accepted()]).toEqual([1, 1]);
});

test("a connection is used again under the same grant, and never under another one", async () => {
  await using server = await startServer(hello);
  const url = `${server.origin}/`;
  await using egress = new Egress();
  const open = granted([server.origin], ["10.0.0.0/8", "127.0.0.0/8"]);
  const alike = granted([server.origin, "api.github.com"], ["127.0.0.0/8", "10.0.0.0/8"]);
  for (const grant of [open, open, alike]) {
    expect(textOf(await call(egress, url, grant))).toBe("200 hello");
    // The answer arrives shortly before its connection is free.
    await setTimeout(20);
  }
  expect(server.accepted()).toBe(1);
  for (const privateNetworks of [[], ["10.0.0.0/8"], ["127.0.0.2/32"]]) {
    const answer = await call(egress, url, { allow: open.allow, privateNetworks });
    expect(textOf(answer)).toBe("EGRESS_DENIED EgressDenied");
  }
  expect(server.accepted()).toBe(1);
  // The connection is still open, so the other calls did not fail because it was gone.
  expect(textOf(await call(egress, url, open))).toBe("200 hello");
  expect(server.accepted()).toBe(1);
});

test("many different grants share few pools, and no call fails because of that", async () => {
  await using server = await startServer(async (_, response) => {
    await setTimeout(100);
    response.end("late");
  });
  await using egress = new Egress();
  const calls = Array.from({ length: 100 }, (_, index) =>
    call(egress, server.origin, granted([server.origin], ["127.0.0.0/8", `10.0.${index}.0/24`])),
  );
  expect(new Set((await Promise.all(calls)).map(textOf))).toEqual(new Set(["200 late"]));
  // The sockets of retired pools are closed.
  await expect.poll(server.open).toBeLessThanOrEqual(32);
});

test("at most three names are looked up at once, and an abandoned call leaves the queue", async () => {
  let [active, most] = [0, 0];
  const release = Promise.withResolvers<void>();
  const lookup = boundedLookup(async () => {
    active += 1;
    most = Math.max(most, active);
    await release.promise;
    active -= 1;
    return [{ address: "8.8.8.8" }];
  });
  const impatient = new AbortController();
  const lookups = Array.from({ length: 10 }, () => lookup("x.example", signal));
  const given = lookup("y.example", impatient.signal);
  impatient.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  release.resolve();
  expect(await Promise.all(lookups)).toEqual(Array(10).fill(["8.8.8.8"]));
  expect(most).toBe(3);
});

test("the self-test passes here, and fails without one of the guards", async () => {
  await using egress = new Egress();
  await egress.start();
  const denied = { ok: false, kind: "EGRESS_DENIED", name: "EgressDenied", message: "" } as const;
  const fetch = async () => denied;
  const unchecked: typeof dial = (target, policy) =>
    dial(target, { ...policy, allows: () => true }, signal);
  const unlisted: typeof dial = (target, policy) =>
    dial(target, { ...policy, blockList: new BlockList() }, signal);
  for (const unguarded of [unchecked, unlisted])
    await expect(testGuards({ dial: unguarded, fetch })).rejects.toMatchObject({
      code: "sandbox_unusable",
    });
  const failed = { ...denied, kind: "HTTP_ERROR", name: "NetworkError" } as const;
  await expect(testGuards({ dial, fetch: async () => failed })).rejects.toMatchObject({
    code: "sandbox_unusable",
  });
  // A stopped egress fails calls instead of refusing them. The self-test must detect that too.
  await egress[Symbol.asyncDispose]();
  await expect(egress.start()).rejects.toMatchObject({ code: "sandbox_unusable" });
});

test("after a stop, open calls end, no socket stays open, and later calls get an answer", async () => {
  await using silent = await startTcpServer();
  await using server = await startServer(hello);
  const sockets = () =>
    process.getActiveResourcesInfo().filter((name) => /^(?:TCPSocket|TLS|TCPConnect)/.test(name));
  const egress = new Egress({
    lookup: () => new Promise(() => undefined),
  });
  const allow = [
    silent.origin,
    server.origin,
    `localhost:${silent.port}`,
    `127.0.0.1:${silent.port}`,
  ];
  const grant = granted(allow);
  expect(textOf(await call(egress, server.origin, grant))).toBe("200 hello");
  const waiting = [
    call(egress, silent.origin, grant),
    // One call waits in the TLS handshake, one in the name lookup.
    call(egress, `https://127.0.0.1:${silent.port}/`, grant),
    call(egress, `https://localhost:${silent.port}/`, grant),
  ];
  await expect.poll(silent.accepted).toBe(2);
  await egress[Symbol.asyncDispose]();
  expect((await Promise.all(waiting)).map(textOf)).toEqual(Array(3).fill("HTTP_ERROR AbortError"));
  await expect.poll(() => [silent.open(), server.open(), sockets()]).toEqual([0, 0, []]);
  expect(textOf(await call(egress, server.origin, grant))).toBe("HTTP_ERROR AbortError");
});

test("the proxy variables of the environment are ignored", async () => {
  await using server = await startServer(hello);
  await using proxy = await startServer((_, response) => response.end("proxy"));
  for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) vi.stubEnv(name, proxy.origin);
  await using egress = new Egress();
  expect(textOf(await call(egress, server.origin, granted([server.origin])))).toBe("200 hello");
  expect(proxy.accepted()).toBe(0);
  vi.unstubAllEnvs();
});
