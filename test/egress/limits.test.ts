/** Limits of a call: its time, and the bytes of its answer before and after decoding. */

import { execFile } from "node:child_process";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { expect, test } from "vitest";
import { Egress } from "../../src/egress/egress.ts";
import {
  call,
  callOnce,
  granted,
  startServer,
  startTcpServer,
  textOf,
} from "../support/egress-server.ts";
import { HANG_MS } from "../support/hang.ts";

const MAX = 1_048_576;

/** Sends a piece every 20 ms until the connection is closed. */
async function trickle(socket: Socket, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    await setTimeout(20);
  }
}

function* endless(start: string, piece: string): Generator<string> {
  yield start;
  for (;;) yield piece;
}

test.each([
  ["says nothing", () => undefined],
  [
    "sends its headers slowly",
    (socket: Socket) => trickle(socket, endless("HTTP/1.1 200 OK\r\n", "x-a: b\r\n")),
  ],
  [
    "sends its status slowly",
    (socket: Socket) => trickle(socket, "HTTP/1.1 200 OK and so on and on and on"),
  ],
  [
    "sends its body slowly",
    (socket: Socket) =>
      trickle(socket, endless("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n", "a")),
  ],
  ["never ends its body", (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\n\r\nhello")],
  [
    "sends only interim answers",
    (socket: Socket) => trickle(socket, endless("", "HTTP/1.1 103 Early Hints\r\n\r\n")),
  ],
])("a server that %s costs the time of the call and no more", async (_, onSocket) => {
  await using server = await startTcpServer((socket) => void onSocket(socket));
  const startedAt = performance.now();
  const answer = await callOnce(server.origin, granted([server.origin]), { timeoutMs: 300 });
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "TimeoutError" });
  expect(answer).toMatchObject({ message: expect.stringContaining("300 ms") });
  const tookMs = performance.now() - startedAt;
  expect(tookMs).toBeGreaterThan(280);
  expect(tookMs).toBeLessThan(HANG_MS);
  await expect.poll(server.open).toBe(0);
});

test("a connection must be made within five seconds, however long the call may take", {
  timeout: 90_000,
}, async () => {
  // This server accepts the connection and never answers the TLS handshake.
  await using server = await startTcpServer();
  const grant = granted([`127.0.0.1:${server.port}`]);
  const startedAt = performance.now();
  const url = `https://127.0.0.1:${server.port}/`;
  const answer = await callOnce(url, grant, { timeoutMs: 2 * HANG_MS });
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "TimeoutError" });
  expect(answer).toMatchObject({ message: expect.stringContaining("5000 ms") });
  expect(performance.now() - startedAt).toBeLessThan(HANG_MS);
});

test("the time limit counts all redirects together", async () => {
  await using server = await startServer(async (_, response) => {
    await setTimeout(150);
    response.writeHead(302, { location: "/" }).end();
  });
  const answer = await callOnce(server.origin, granted([server.origin]), { timeoutMs: 400 });
  expect(textOf(answer)).toBe("HTTP_ERROR TimeoutError");
});

test("a name lookup that exceeds the time limit ends the call", async () => {
  const options = { lookup: () => new Promise<never>(() => undefined) };
  const answer = await callOnce("https://slow.example/", granted(["slow.example"]), {
    options,
    timeoutMs: 200,
  });
  expect(textOf(answer)).toBe("HTTP_ERROR TimeoutError");
});

test("a call that is aborted ends at once, and closes its connection", async () => {
  await using server = await startTcpServer();
  await using egress = new Egress();
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(50);
  const answer = await call(egress, server.origin, granted([server.origin]), { signal });
  expect(textOf(answer)).toBe("HTTP_ERROR AbortError");
  expect(performance.now() - startedAt).toBeLessThan(HANG_MS);
  expect(server.accepted()).toBe(1);
  await expect.poll(server.open).toBe(0);
});

test("a call that was aborted before its start makes no connection", async () => {
  await using server = await startTcpServer();
  await using egress = new Egress();
  const signal = AbortSignal.abort();
  const answer = await call(egress, server.origin, granted([server.origin]), { signal });
  expect(textOf(answer)).toBe("HTTP_ERROR AbortError");
  await setTimeout(50);
  expect(server.accepted()).toBe(0);
});

test("a body of exactly the limit is accepted, and one byte more is refused", async () => {
  await using server = await startServer(({ url }, response) =>
    response.end(Buffer.alloc(MAX + Number(url.slice(1)), "a")),
  );
  const get = (extra: number) => callOnce(`${server.origin}/${extra}`, granted([server.origin]));
  const fitting = await get(0);
  expect(fitting.ok && fitting.body.length).toBe(MAX);
  const answer = await get(1);
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "LimitError" });
  expect(answer).toMatchObject({ message: expect.stringContaining(`${MAX} bytes`) });
});

test("a body without an end is cut off at the limit", async () => {
  await using server = await startServer((_, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", more);
    more();
  });
  expect(textOf(await callOnce(server.origin, granted([server.origin])))).toBe(
    "HTTP_ERROR LimitError",
  );
  await expect.poll(server.open).toBe(0);
});

const fast = { level: 1 } as const;
const ENCODERS = {
  gzip: (body: Buffer) => gzipSync(body, fast),
  "x-gzip": (body: Buffer) => gzipSync(body, fast),
  deflate: (body: Buffer) => deflateSync(body, fast),
  "deflate ": (body: Buffer) => deflateRawSync(body, fast),
  br: (body: Buffer) =>
    brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }),
  zstd: (body: Buffer) => zstdCompressSync(body),
} as const;

test.each(Object.entries(ENCODERS))("%s is decoded, up to the limit", async (name, encode) => {
  await using server = await startServer(({ url }, response) => {
    const body = Buffer.alloc(MAX + Number(url.slice(1)), "a");
    response.writeHead(200, { "content-encoding": name.trim() }).end(encode(body));
  });
  const get = (extra: number) => callOnce(`${server.origin}/${extra}`, granted([server.origin]));
  const fitting = await get(0);
  expect(fitting.ok && [fitting.body.length, fitting.body.at(-1)]).toEqual([MAX, 97]);
  expect(textOf(await get(1))).toBe("HTTP_ERROR LimitError");
});

test.each(Object.entries(ENCODERS))("a bomb of %s stops at the limit", async (name, encode) => {
  const bomb = encode(Buffer.alloc(128 * MAX));
  expect(bomb.length).toBeLessThan(MAX);
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "content-encoding": name.trim() }).end(bomb);
  });
  const before = process.memoryUsage.rss();
  const answer = await callOnce(server.origin, granted([server.origin]));
  expect(textOf(answer)).toBe("HTTP_ERROR LimitError");
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MAX);
});

test("a zstd frame that asks for 128 MB of memory is not decoded", async () => {
  const params = { [constants.ZSTD_c_contentSizeFlag]: 0 };
  const frame = zstdCompressSync(Buffer.alloc(MAX, "a"), { params });
  // The window descriptor holds the exponent of the size, from 2 ** 10.
  frame[5] = (27 - 10) << 3;
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "content-encoding": "zstd" }).end(frame);
  });
  const answer = await callOnce(server.origin, granted([server.origin]));
  expect(textOf(answer)).toBe("HTTP_ERROR NetworkError");
});

test("nested encodings are decoded, three at most", async () => {
  await using server = await startServer(({ url }, response) => {
    const count = Number(url.slice(1));
    let body: Buffer = Buffer.from("deep");
    for (let index = 0; index < count; index += 1) body = gzipSync(body);
    const encoding = Array(count).fill("gzip").join(", ");
    response.writeHead(200, { "content-encoding": encoding }).end(body);
  });
  const get = (count: number) => callOnce(`${server.origin}/${count}`, granted([server.origin]));
  expect(textOf(await get(3))).toBe("200 deep");
  expect(textOf(await get(4))).toBe("HTTP_ERROR LimitError");
});

test.each([
  ["gzip", "not gzip at all", "HTTP_ERROR NetworkError"],
  ["gzip", gzipSync("whole").subarray(0, -6), "HTTP_ERROR NetworkError"],
  ["gzip", "", "200 "],
  ["identity", "as it is", "200 as it is"],
  ["snappy", "as it is", "200 as it is"],
  ["constructor", "as it is", "200 as it is"],
])("an answer said to be %s with %j", async (encoding, body, expected) => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "content-encoding": encoding }).end(body);
  });
  expect(textOf(await callOnce(server.origin, granted([server.origin])))).toBe(expected);
});

test.each([
  ["one large header", `x-large: ${"a".repeat(70_000)}\r\n`],
  ["many headers", "x-many: aaaaaaaaaaaaaaaa\r\n".repeat(3000)],
])("%s in an answer is too much", async (_, headers) => {
  await using server = await startTcpServer((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\n${headers}content-length: 0\r\n\r\n`),
  );
  const answer = await callOnce(server.origin, granted([server.origin]));
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "LimitError" });
  expect(answer).toMatchObject({ message: expect.stringContaining("65536 bytes") });
});

test.each([
  ["closes at once", ""],
  ["speaks another protocol", "220 mail.example ESMTP\r\n"],
  ["breaks off", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"],
  ["has two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nhello"],
  [
    "switches protocols",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
  ],
])("a server that %s is a network error", async (_, text) => {
  await using server = await startTcpServer((socket) => socket.end(text));
  const answer = await callOnce(server.origin, granted([server.origin]));
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "NetworkError" });
});

test("a port without a listener is a network error that names no address", async () => {
  const server = await startTcpServer();
  await server[Symbol.asyncDispose]();
  const url = `http://closed.example:${server.port}/?secret=hush`;
  const options = { lookup: async () => [{ address: "127.0.0.1" }, { address: "127.0.0.3" }] };
  const answer = await callOnce(url, granted([`http://closed.example:${server.port}`]), {
    options,
  });
  expect(answer).toMatchObject({ kind: "HTTP_ERROR", name: "NetworkError" });
  expect(answer).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") });
  expect(JSON.stringify(answer)).not.toMatch(/127\.0|hush/);
});

test("a process ends by itself once it has stopped its calls", { timeout: 90_000 }, async () => {
  await using silent = await startTcpServer();
  const program = `
    import { Egress } from "./src/egress/egress.ts";
    const egress = new Egress({ lookup: () => new Promise(() => {}) });
    await egress.start();
    const origins = ["http://127.0.0.1:${silent.port}", "https://127.0.0.1:${silent.port}", "https://stuck.example"];
    const allow = origins.map((origin) => new URL(origin)).map(({ protocol, hostname, port }) =>
      ({ scheme: protocol.slice(0, -1), host: hostname, wildcard: false, port: Number(port || 443) }));
    const calls = origins.map((url) => egress.fetch({ url, method: "GET", headers: [], redirect: "follow", timeoutMs: 60_000 },
      { allow, privateNetworks: ["127.0.0.0/8"] }, new AbortController().signal));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await egress[Symbol.asyncDispose]();
    console.log((await Promise.all(calls)).map(({ name }) => name).join());
  `;
  const startedAt = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { timeout: 90_000 },
  );
  expect(stdout.trim()).toBe("AbortError,AbortError,AbortError");
  expect(performance.now() - startedAt).toBeLessThan(HANG_MS);
});
