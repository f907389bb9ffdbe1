/** Calls within a grant: reachable hosts, and the content of requests and answers. */
import { expect, test } from "vitest";
import { Egress } from "../../src/egress/egress.ts";
import { call, callOnce, granted, startServer, textOf } from "../support/egress-server.ts";

const echo = () =>
  startServer(({ method, url, body }, response) => {
    response.writeHead(
      201,
      "Made",
      [
        ["Content-Type", "text/plain"],
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
      ].flat(),
    );
    response.end(`${method} ${url} ${body}`);
  });

test("a granted host is reached, and its answer comes back whole", async () => {
  await using server = await echo();
  const answer = await callOnce(`${server.origin}/path?q=1#part`, granted([server.origin]), {
    method: "post",
    headers: [["X-Mine", " yes "]],
    body: Buffer.from("text"),
  });
  expect(answer).toMatchObject({
    ok: true,
    status: 201,
    statusText: "Made",
    url: `${server.origin}/path?q=1`,
    redirected: false,
  });
  expect(textOf(answer)).toBe("201 POST /path?q=1 text");
  expect(answer.ok && answer.headers).toEqual(
    expect.arrayContaining([
      ["content-type", "text/plain"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]),
  );
  expect(server.requests[0]?.headers).toMatchObject({
    "x-mine": "yes",
    "content-length": "4",
    "user-agent": "hookyard",
  });
});

test("nothing is granted by default", async () => {
  await using server = await echo();
  const answer = await callOnce(server.origin, { allow: [], privateNetworks: ["127.0.0.0/8"] });
  expect(textOf(answer)).toBe("EGRESS_DENIED EgressDenied");
  expect(server.accepted()).toBe(0);
});

/** Whether the grant allows the URL. Needs no network, because the lookup finds no address. */
async function isAllowed(url: string, allow: readonly string[]): Promise<boolean> {
  const lookup = () => Promise.reject(Object.assign(new Error("none"), { code: "ENOTFOUND" }));
  const answer = await callOnce(url, granted(allow), { options: { lookup } });
  expect(answer.ok).toBe(false);
  if (!answer.ok && answer.kind === "HTTP_ERROR") expect(answer.message).toContain("ENOTFOUND");
  return !answer.ok && answer.kind === "HTTP_ERROR";
}

test.each([
  ["api.example.org", "https://api.example.org/", true],
  ["api.example.org", "https://API.Example.ORG:443/", true],
  ["API.example.org", "https://api.example.org/", true],
  ["api.example.org", "http://api.example.org/", false],
  ["api.example.org", "https://api.example.org:8443/", false],
  ["api.example.org", "https://api.example.org./", false],
  ["api.example.org", "https://example.org/", false],
  ["api.example.org", "https://x.api.example.org/", false],
  ["api.example.org", "https://api.example.org.evil.example/", false],
  ["api.example.org", "https://evilapi.example.org/", false],
  ["api.example.org", "https://api.example.org@evil.example/", false],
  ["api.example.org", "https:\\\\evil.example\\api.example.org", false],
  ["api.example.org:8443", "https://api.example.org:8443/", true],
  ["api.example.org:8443", "https://api.example.org/", false],
  ["http://ci.internal", "http://ci.internal/", true],
  ["http://ci.internal", "http://ci.internal:8080/", false],
  ["http://ci.internal", "https://ci.internal/", false],
  ["http://ci.internal:8080", "http://ci.internal:8080/", true],
  ["http://ci.internal:443", "https://ci.internal/", false],
  ["*.example.org", "https://a.example.org/", true],
  ["*.example.org", "https://a.b.c.example.org/", true],
  ["*.example.org", "https://example.org/", false],
  ["*.example.org", "https://.example.org/", false],
  ["*.example.org", "https://badexample.org/", false],
  ["*.example.org", "https://a.example.org:8443/", false],
  ["*.example.org", "http://a.example.org/", false],
  ["*.example.org", "https://a.example.org.evil.example/", false],
  ["http://*.example.org:81", "http://a.example.org:81/", true],
  ["bücher.example", "https://xn--bcher-kva.example/", true],
  ["xn--bcher-kva.example", "https://BÜCHER.example/", true],
])("%s allows %s: %s", async (entry, url, expected) => {
  expect(await isAllowed(url, ["unrelated.example", entry])).toBe(expected);
});

test.each(["ftp://a.example/", "file:///etc/passwd", "data:,x", "javascript:1", "ws://a.example/"])(
  "%s is not called",
  async (url) => {
    expect(textOf(await callOnce(url, granted(["a.example"])))).toBe("EGRESS_DENIED EgressDenied");
  },
);

test.each(["", "/path", "a.example", "https://", "https://a b/", "https://a.example:99999/"])(
  "%j is not a URL",
  async (url) => {
    expect(textOf(await callOnce(url, granted(["a.example"])))).toBe("HTTP_ERROR TypeError");
  },
);

test("a refusal says what to add to function.json, without path, query and password", async () => {
  const url = "http://me:hush@api.example.org:8080/hush?token=hush#hush";
  const refused = await callOnce(url, granted(["api.example.org"]));
  expect(refused).toMatchObject({
    message: expect.stringContaining('add "http://api.example.org:8080" there in function.json'),
  });
  const withPassword = await callOnce(url, granted(["http://api.example.org:8080"]));
  expect(textOf(withPassword)).toBe("EGRESS_DENIED EgressDenied");
  expect(withPassword).toMatchObject({ message: expect.stringContaining("authorization header") });
  const lookup = async () => [{ address: "10.1.2.3" }];
  const privateAddress = await callOnce("https://db.example/", granted(["db.example"]), {
    options: { lookup },
  });
  expect(privateAddress).toMatchObject({
    message: expect.stringMatching(/^host db\.example .*http\.privateNetworks.*function\.json/),
  });
  expect(JSON.stringify([refused, withPassword])).not.toContain("hush");
  expect(JSON.stringify(privateAddress)).not.toContain("10.1.2.3");
});

test("the server's own names are refused under every grant", async () => {
  await using server = await echo();
  const options = {
    ownHosts: ["Hooks.Example", "127.0.0.1"],
    lookup: async () => [{ address: "127.0.0.1" }],
  };
  const grant = granted([server.origin, `http://hooks.example:${server.port}`]);
  for (const host of ["hooks.example", "HOOKS.example.", "127.0.0.1", "2130706433"]) {
    const answer = await callOnce(`http://${host}:${server.port}/`, grant, { options });
    expect(answer).toMatchObject({
      kind: "EGRESS_DENIED",
      message: expect.stringContaining("loop"),
    });
  }
  expect(server.accepted()).toBe(0);
});

test("headers of the connection are dropped, so that a script can forward the headers of a message", async () => {
  await using server = await echo();
  const unsettable = [
    ...["Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "TE"],
    ...["Trailer", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "HTTP2-Settings"],
  ];
  const headers = [
    ...unsettable.map((name) => [name, "evil"] as const),
    ["X-Kept", "yes"] as const,
  ];
  const answer = await callOnce(server.origin, granted([server.origin]), { headers });
  expect(textOf(answer)).toBe("201 GET / ");
  const found = server.requests[0]?.headers ?? {};
  expect(Object.values(found)).not.toContain("evil");
  expect(found).toMatchObject({ "x-kept": "yes", host: `127.0.0.1:${server.port}` });
});

test("headers are sent unchanged, also several of one name", async () => {
  await using server = await echo();
  const headers = [
    ["Accept", "text/html"],
    ["X-Two", "1"],
    ["X-Two", "2"],
    ["User-Agent", "mine"],
    ["Accept-Encoding", "identity"],
    ["X-Latin", "é"],
  ] as const;
  await callOnce(server.origin, granted([server.origin]), { headers });
  expect(server.requests[0]?.headers).toMatchObject({
    accept: "text/html",
    "x-two": "1, 2",
    "user-agent": "mine",
    "accept-encoding": "identity",
    "x-latin": "é",
  });
});

test.each([
  [[["X-A", "b\r\nX-C: d"]], "line break"],
  [[["X-A", "b\nc"]], "line break"],
  [[["X-A", "b\0c"]], "X-A"],
  [[["X-A", "…"]], "Latin-1"],
  [[["X-A\r\nX-B", "c"]], "header name"],
  [[["X A", "b"]], "header name"],
  [[["", "b"]], "header name"],
  [[["X-A:", "b"]], "header name"],
  [[["X-Large", "a".repeat(70_000)]], "65536"],
] as const)("headers like %j are an error", async (headers, message) => {
  await using server = await echo();
  const answer = await callOnce(server.origin, granted([server.origin]), { headers });
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "TypeError" });
  expect(answer).toMatchObject({ message: expect.stringContaining(message) });
  expect(server.accepted()).toBe(0);
});

test.each(["CONNECT", "trace", "Track", "", "GE T", "GET\r\n", "G:T"])(
  "the method %j is an error",
  async (method) => {
    await using server = await echo();
    const answer = await callOnce(server.origin, granted([server.origin]), { method });
    expect(textOf(answer)).toBe("HTTP_ERROR TypeError");
    expect(server.accepted()).toBe(0);
  },
);

test("methods of any kind are sent", async () => {
  await using server = await echo();
  for (const method of ["put", "DELETE", "PATCH", "options", "PROPFIND"]) {
    const answer = await callOnce(`${server.origin}/x`, granted([server.origin]), { method });
    expect(textOf(answer)).toBe(`201 ${method.toUpperCase()} /x `);
  }
});

test("a body is sent up to the limit, and not with GET", async () => {
  await using server = await startServer(({ body }, response) => response.end(`${body.length}`));
  await using egress = new Egress();
  const send = (method: string, bytes: number) =>
    call(egress, server.origin, granted([server.origin]), {
      method,
      body: Buffer.alloc(bytes, "a"),
    });
  expect(textOf(await send("POST", 1_048_576))).toBe("200 1048576");
  expect(textOf(await send("POST", 1_048_577))).toBe("HTTP_ERROR TypeError");
  expect(textOf(await send("GET", 1))).toBe("HTTP_ERROR TypeError");
  expect(textOf(await send("GET", 0))).toBe("200 0");
});

test("cookies of an answer are not sent with the next call", async () => {
  await using server = await echo();
  await using egress = new Egress();
  const grant = granted([server.origin]);
  for (let round = 0; round < 2; round += 1) await call(egress, server.origin, grant);
  expect(server.requests[1]?.headers.cookie).toBeUndefined();
});

test("an invalid grant allows nothing, and the call gets an error", async () => {
  await using server = await echo();
  const { allow } = granted([server.origin]);
  const answer = await callOnce(server.origin, { allow, privateNetworks: ["127.0.0.0/8", "oops"] });
  expect(answer).toMatchObject({ ok: false, kind: "HTTP_ERROR" });
  expect(server.accepted()).toBe(0);
});

test("IPv6 is reached where it is granted", async (context) => {
  const server = await startServer((_, response) => response.end("six"), "::1").catch(
    () => undefined,
  );
  if (server === undefined) return context.skip("this machine has no IPv6");
  await using disposable = server;
  const { origin } = disposable;
  expect(textOf(await callOnce(origin, granted([origin], ["::1/128"])))).toBe("200 six");
  expect(textOf(await callOnce(origin, granted([origin], ["127.0.0.0/8"])))).toMatch(/^EGRESS_DEN/);
});
