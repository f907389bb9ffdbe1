/** Redirects: every hop is checked, their number is limited, and no credentials go to another origin. */
import { expect, test } from "vitest";
import { Egress } from "../../src/egress/egress.ts";
import { call, callOnce, granted, startServer, textOf } from "../support/egress-server.ts";

/** Answers `/<status>?<location>` with that redirect, and everything else with "here". */
const redirecting = (host = "127.0.0.1") =>
  startServer(({ url }, response) => {
    const [, status, location = ""] = /^\/(30\d)\?(.*)$/.exec(url) ?? [];
    if (status === undefined) response.end("here");
    else
      response.writeHead(Number(status), { location: decodeURIComponent(location) }).end("moved");
  }, host);

const to = (status: number, location: string) => `/${status}?${encodeURIComponent(location)}`;

test("a redirect is followed, and the answer has the final URL", async () => {
  await using server = await redirecting();
  const url = `${server.origin}${to(302, "/there?q=1#part")}`;
  expect(await callOnce(url, granted([server.origin]))).toMatchObject({
    ok: true,
    status: 200,
    redirected: true,
    url: `${server.origin}/there?q=1`,
  });
});

test("a redirect to a host that is not allowed is refused by name, before it is looked up", async () => {
  await using server = await redirecting();
  const asked: string[] = [];
  const lookup = async (hostname: string) => {
    asked.push(hostname);
    return [{ address: "127.0.0.1" }];
  };
  const url = `${server.origin}${to(302, `http://other.example:${server.port}/?token=hush`)}`;
  const answer = await callOnce(url, granted([server.origin]), { options: { lookup } });
  expect(answer).toEqual({
    ok: false,
    kind: "EGRESS_DENIED",
    name: "EgressDenied",
    message: expect.stringMatching(/^after a redirect: host other\.example:\d+ is not in/),
  });
  expect(JSON.stringify(answer)).not.toContain("hush");
  expect(asked).toEqual([]);
  expect(server.requests).toHaveLength(1);
});

test.each(["file:///etc/passwd", "ftp://127.0.0.1/", "data:text/plain,x", "javascript:1"])(
  "a redirect to %s is refused",
  async (location) => {
    await using server = await redirecting();
    const url = `${server.origin}${to(302, location)}`;
    expect(textOf(await callOnce(url, granted([server.origin])))).toMatch(/^EGRESS_DENIED/);
  },
);

test("a redirect with a user name and password in it is refused, and they are not shown", async () => {
  await using server = await redirecting();
  const location = `http://me:hush@127.0.0.1:${server.port}/`;
  const answer = await callOnce(`${server.origin}${to(302, location)}`, granted([server.origin]));
  expect(textOf(answer)).toBe("EGRESS_DENIED EgressDenied");
  expect(JSON.stringify(answer)).not.toContain("hush");
});

test("three redirects are followed, and not a fourth", async () => {
  await using server = await redirecting();
  await using egress = new Egress();
  const chain = (length: number): string =>
    length === 0 ? "/end" : to(307, `${server.origin}${chain(length - 1)}`);
  const get = (length: number) =>
    call(egress, `${server.origin}${chain(length)}`, granted([server.origin]));
  expect(textOf(await get(3))).toBe("200 here");
  expect(server.requests).toHaveLength(4);
  const answer = await get(4);
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "LimitError" });
  expect(answer).toMatchObject({ message: expect.stringContaining("too many redirects") });
  expect(server.requests).toHaveLength(8);
});

test.each([
  ["manual", "302 moved"],
  ["error", "HTTP_ERROR TypeError"],
] as const)("with %s a redirect is not followed", async (redirect, expected) => {
  await using server = await redirecting();
  const url = `${server.origin}${to(302, "/there")}`;
  expect(textOf(await callOnce(url, granted([server.origin]), { redirect }))).toBe(expected);
  expect(server.requests).toHaveLength(1);
});

test.each([300, 304, 305])("%i is an answer and not a redirect", async (status) => {
  await using server = await startServer((_, response) => {
    response.writeHead(status, { location: "/there" }).end();
  });
  const answer = await callOnce(server.origin, granted([server.origin]));
  expect(answer).toMatchObject({ ok: true, status, redirected: false });
});

test("a redirect without a location is the answer, and one to an invalid URL is an error", async () => {
  await using server = await startServer(({ url }, response) =>
    response.writeHead(302, url === "/" ? {} : { location: "http://[" }).end("moved"),
  );
  const grant = granted([server.origin]);
  expect(textOf(await callOnce(server.origin, grant))).toBe("302 moved");
  expect(textOf(await callOnce(`${server.origin}/x`, grant))).toBe("HTTP_ERROR NetworkError");
});

const HEADERS = [
  ["Authorization", "Bearer hush"],
  ["Cookie", "a=hush"],
  ["Proxy-Authorization", "Basic hush"],
  ["X-Kept", "yes"],
] as const;

test.each([
  ["127.0.0.1", true],
  ["127.0.0.2", false],
])("credentials go on to %s: %s", async (host, kept) => {
  await using target = await redirecting(host);
  await using other = await redirecting();
  const from = kept ? target : other;
  const url = `${from.origin}${to(307, `${target.origin}/there`)}`;
  const answer = await callOnce(url, granted([from.origin, target.origin]), { headers: HEADERS });
  expect(textOf(answer)).toBe("200 here");
  const last = target.requests.at(-1)?.headers ?? {};
  expect(last["x-kept"]).toBe("yes");
  expect([last.authorization, last.cookie].map(Boolean)).toEqual([kept, kept]);
  expect(last["proxy-authorization"]).toBeUndefined();
  // The first request had the credentials, because the script chose its host.
  expect(from.requests[0]?.headers.authorization).toBe("Bearer hush");
});

test("dropped credentials stay dropped when a redirect returns to the first origin", async () => {
  await using home = await redirecting();
  await using away = await redirecting("127.0.0.2");
  const back = `${away.origin}${to(307, `${home.origin}/there`)}`;
  const url = `${home.origin}${to(307, back)}`;
  await callOnce(url, granted([home.origin, away.origin]), { headers: HEADERS });
  expect(home.requests.at(-1)).toMatchObject({ url: "/there" });
  expect(home.requests.at(-1)?.headers.authorization).toBeUndefined();
});

test("another port of the same host is another origin", async () => {
  await using home = await redirecting();
  await using away = await redirecting();
  const url = `${home.origin}${to(308, `${away.origin}/there`)}`;
  await callOnce(url, granted([home.origin, away.origin]), { headers: HEADERS });
  expect(away.requests[0]?.headers).toMatchObject({ "x-kept": "yes" });
  expect(away.requests[0]?.headers.authorization).toBeUndefined();
});

test.each([
  [301, "POST", "GET"],
  [302, "POST", "GET"],
  [303, "POST", "GET"],
  [303, "PUT", "GET"],
  [301, "PUT", "PUT"],
  [302, "DELETE", "DELETE"],
  [307, "POST", "POST"],
  [308, "PATCH", "PATCH"],
])("after %i a %s becomes a %s", async (status, method, expected) => {
  await using server = await redirecting();
  const headers = [
    ["Content-Type", "text/plain"],
    ["X-Kept", "yes"],
  ] as const;
  const url = `${server.origin}${to(status, "/there")}`;
  await callOnce(url, granted([server.origin]), { method, headers, body: Buffer.from("text") });
  const isKept = expected === method;
  const last = server.requests[1];
  expect(last).toMatchObject({ method: expected, body: isKept ? "text" : "" });
  expect(last?.headers["content-type"]).toBe(isKept ? "text/plain" : undefined);
  expect(last?.headers["x-kept"]).toBe("yes");
});

test("a HEAD request stays a HEAD request after a 303", async () => {
  await using server = await redirecting();
  await callOnce(`${server.origin}${to(303, "/there")}`, granted([server.origin]), {
    method: "HEAD",
  });
  expect(server.requests.map(({ method }) => method)).toEqual(["HEAD", "HEAD"]);
});

test("a redirect with an endless body is still followed", async () => {
  await using server = await startServer(({ url }, response) => {
    if (url === "/") response.writeHead(302, { location: "/there" }).write("moved");
    else response.end("here");
  });
  await using egress = new Egress();
  const answer = await call(egress, server.origin, granted([server.origin]));
  expect(textOf(answer)).toBe("200 here");
  // The connection with the endless body is gone.
  await expect.poll(server.open).toBe(1);
});
