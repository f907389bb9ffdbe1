/** The one content decoder: its result for valid and invalid bytes, as a stream and at once, and where it stops. */
import { randomBytes } from "node:crypto";
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { expect, test } from "vitest";
import { BodyDecoder } from "../../src/decoding/body-decoder.ts";
import { BytePool, NoRoomError } from "../../src/decoding/byte-pool.ts";
import { type Coding, codingsOf } from "../../src/decoding/codings.ts";
import { decode, decodeNow } from "../../src/decoding/decode.ts";
import { Pieces } from "../../src/decoding/pieces.ts";
import { holdsText } from "../../src/store/search/searched-text.ts";

const LIMIT = 200_000;
const TEXT = Buffer.from(`{"text":"grüße ${"0123456789".repeat(5000)}"}`);
const MORE = Buffer.from("and more");
const FULL = Buffer.alloc(LIMIT, "full ");
const BOMB = Buffer.alloc(LIMIT + 1, "bomb ");

/** A frame without its size, and with a window of 2 ** `log` bytes. */
function zstdWithWindow(log: number): Buffer {
  const params = { [constants.ZSTD_c_contentSizeFlag]: 0 };
  const frame = zstdCompressSync(TEXT, { params });
  frame[5] = (log - 10) << 3;
  return frame;
}

/** Many empty gzip members: they are large as encoded bytes and decode to nothing. */
const EMPTY_MEMBERS = Buffer.concat(Array.from({ length: 15_000 }, () => gzipSync("")));

const fixed = { strategy: constants.Z_FIXED };
const nested = (bytes: Buffer) => zstdCompressSync(brotliCompressSync(gzipSync(bytes)));

const RIGHT: readonly (readonly [what: string, header: string, bytes: Buffer, decoded: Buffer])[] =
  [
    ["gzip", "gzip", gzipSync(TEXT), TEXT],
    ["gzip under its old name", "x-gzip", gzipSync(TEXT), TEXT],
    ["gzip in capitals, with blanks", " , GZip ,", gzipSync(TEXT), TEXT],
    ["gzip of nothing", "gzip", gzipSync(""), Buffer.alloc(0)],
    ["gzip of noise", "gzip", gzipSync(FULL, { level: 0 }), FULL],
    [
      "two gzip members",
      "gzip",
      Buffer.concat([gzipSync(TEXT), gzipSync(MORE)]),
      concat(TEXT, MORE),
    ],
    ["gzip before zeros", "gzip", concat(gzipSync(TEXT), Buffer.alloc(512)), TEXT],
    ["deflate", "deflate", deflateSync(TEXT), TEXT],
    ["deflate, stored", "deflate", deflateSync(TEXT, { level: 0 }), TEXT],
    ["deflate of a small window", "deflate", deflateSync(TEXT, { windowBits: 9 }), TEXT],
    ["deflate before garbage", "deflate", concat(deflateSync(TEXT), MORE), TEXT],
    ["raw deflate", "deflate", deflateRawSync(TEXT), TEXT],
    ["raw deflate, stored", "deflate", deflateRawSync(TEXT, { level: 0 }), TEXT],
    ["raw deflate with fixed codes", "deflate", deflateRawSync(TEXT, fixed), TEXT],
    ["raw deflate of one byte", "deflate", deflateRawSync("x"), Buffer.from("x")],
    ["brotli", "br", brotliCompressSync(TEXT), TEXT],
    ["zstd", "zstd", zstdCompressSync(TEXT), TEXT],
    ["zstd of the largest window allowed", "zstd", zstdWithWindow(23), TEXT],
    ["three codings", "gzip, br, zstd", nested(TEXT), TEXT],
    ["three codings around none", "gzip, identity, br, zstd", nested(TEXT), TEXT],
    ["raw deflate within gzip", "deflate, gzip", gzipSync(deflateRawSync(TEXT)), TEXT],
    ["as much as there may be", "gzip, br, zstd", nested(FULL), FULL],
  ];

const WRONG: readonly (readonly [what: string, header: string, bytes: Buffer])[] = [
  ["no gzip at all", "gzip", TEXT],
  ["no zlib at all", "deflate", Buffer.from("not deflate")],
  ["no brotli at all", "br", Buffer.from("not brotli")],
  ["no zstd at all", "zstd", TEXT],
  ["gzip said to be brotli", "br", gzipSync(TEXT)],
  ["a wrong checksum", "gzip", concat(gzipSync(TEXT).subarray(0, -8), Buffer.alloc(8))],
  ["zlib with a wrong checksum", "deflate", concat(deflateSync(TEXT).subarray(0, -4), MORE)],
  ["gzip before what is no member", "gzip", concat(gzipSync(TEXT), MORE)],
  ["a cut gzip", "gzip", gzipSync(TEXT).subarray(0, -9)],
  ["a cut gzip trailer", "gzip", gzipSync(TEXT).subarray(0, -1)],
  ["a cut gzip header", "gzip", gzipSync(TEXT).subarray(0, 5)],
  ["a cut second member", "gzip", concat(gzipSync(TEXT), gzipSync(MORE).subarray(0, -9))],
  ["a cut zlib", "deflate", deflateSync(TEXT).subarray(0, -5)],
  ["a cut raw deflate", "deflate", deflateRawSync(TEXT).subarray(0, -5)],
  ["a cut brotli", "br", brotliCompressSync(TEXT).subarray(0, -5)],
  ["a cut zstd", "zstd", zstdCompressSync(TEXT).subarray(0, -5)],
  ["zstd of a window of 16 MB", "zstd", zstdWithWindow(24)],
  ["zstd of a window of 128 MB", "zstd", zstdWithWindow(27)],
  ["an inner coding that is wrong", "br, gzip", gzipSync(TEXT)],
  ["one coding less than named", "gzip, gzip", gzipSync(TEXT)],
];

const BOMBS: readonly (readonly [what: string, header: string, bytes: Buffer])[] = [
  ["gzip", "gzip", gzipSync(BOMB)],
  ["two gzip members", "gzip", concat(gzipSync(FULL), gzipSync("x"))],
  ["deflate", "deflate", deflateSync(BOMB)],
  ["raw deflate", "deflate", deflateRawSync(BOMB)],
  ["brotli", "br", brotliCompressSync(BOMB)],
  ["zstd", "zstd", zstdCompressSync(BOMB)],
  ["the innermost of three", "gzip, br, zstd", nested(BOMB)],
  ["the outermost of three, of which nothing remains", "br, gzip, gzip", gzipSync(EMPTY_MEMBERS)],
  [
    "the middle one of three",
    "gzip, br, zstd",
    zstdCompressSync(brotliCompressSync(EMPTY_MEMBERS)),
  ],
  ["one that is cut, too", "gzip", gzipSync(BOMB).subarray(0, -1)],
];

const TABLE = [
  ...RIGHT.map(([what, header, bytes, decoded]) => [what, header, bytes, decoded] as const),
  ...WRONG.map(([what, header, bytes]) => [what, header, bytes, "undecodable"] as const),
  ...BOMBS.map(([what, header, bytes]) => [what, header, bytes, "too-large"] as const),
];

function concat(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts);
}

function known(header: string): readonly Coding[] {
  const codings = codingsOf(header);
  if (typeof codings === "string") throw new TypeError(codings);
  return codings;
}

test.each(TABLE)(
  "%s (%s): a stream and a whole body have the same result",
  async (_, header, bytes, expected) => {
    for (const preallocate of [false, true]) {
      let charged = 0;
      let most = 0;
      const charge = (change: number) => {
        charged += change;
        most = Math.max(most, charged);
        return undefined;
      };
      const decoded = await decode(bytes, known(header), { maxBytes: LIMIT, preallocate, charge });
      const found = decoded.kind === "decoded" ? decoded.bytes : decoded.kind;
      expect(typeof found === "string" ? found : found.equals(Buffer.from(expected))).toBe(
        typeof expected === "string" ? expected : true,
      );
      // Nothing is charged for freed bytes, and never more than two stages.
      expect(charged).toBe(decoded.kind === "decoded" ? decoded.bytes.length : 0);
      expect(most).toBeLessThanOrEqual(2 * LIMIT);
    }
    const now = decodeNow(bytes, known(header), LIMIT);
    expect(now?.toString("latin1")).toBe(
      typeof expected === "string" ? undefined : expected.toString("latin1"),
    );
  },
);

test.each(RIGHT)("a search finds text in %s (%s)", (_, header, bytes, decoded) => {
  const headers = JSON.stringify([["Content-Encoding", header]]);
  expect(holdsText(headers, bytes, decoded.toString("utf8", 0, 40))).toBe(true);
});

test.each([...WRONG, ...BOMBS])("a search reads %s (%s) as it was received", (_, header, bytes) => {
  expect(holdsText(JSON.stringify([["content-encoding", header]]), bytes, '{"text":')).toBe(
    bytes.equals(TEXT),
  );
});

test("a body in pieces of any size is joined correctly, in little more memory", () => {
  const whole = randomBytes(300_000);
  for (const size of [1, 7, 2047, 2048, 5000, 300_000]) {
    const pieces = new Pieces();
    for (let at = 0; at < whole.length; at += size) pieces.add(whole.subarray(at, at + size));
    expect(pieces.size).toBe(whole.length);
    expect(pieces.finish().equals(whole), String(size)).toBe(true);
  }
  const mixed = new Pieces();
  for (let at = 0; at < whole.length; at += 3000) {
    mixed.add(whole.subarray(at, at + 1));
    mixed.add(whole.subarray(at + 1, at + 3000));
  }
  expect(mixed.finish().equals(whole)).toBe(true);
});

test.each([
  ["", []],
  ["identity", []],
  [" , identity,", []],
  ["lzma", "unknown"],
  ["gzip, compress", "unknown"],
  ["constructor", "unknown"],
  ["gzip, br, gzip, br", "too-many"],
  ["gzip,gzip,gzip,identity,gzip", "too-many"],
])("the header %j says %j", (header, expected) => {
  expect(codingsOf(header)).toEqual(expected);
});

test("memory is reserved for each piece, and a refusal or an abort frees all of it", async () => {
  const bomb = gzipSync(Buffer.alloc(100 * LIMIT));
  let charged = 0;
  const refusal = new Error("no room");
  const charge = (bytes: number) => {
    if (charged + bytes > LIMIT) return refusal;
    charged += bytes;
    return undefined;
  };
  const limits = { maxBytes: 200 * LIMIT };
  await expect(decode(bomb, known("gzip"), { ...limits, charge })).rejects.toBe(refusal);
  await expect(decode(gzipSync(bomb), known("gzip,gzip"), { ...limits, charge })).rejects.toBe(
    refusal,
  );
  expect(charged).toBe(0);
  const stop = new AbortController();
  const reason = new Error("not needed any more");
  const abortLater = (bytes: number) => {
    charged += bytes;
    if (charged > LIMIT) stop.abort(reason);
    return undefined;
  };
  const aborted = { ...limits, charge: abortLater, signal: stop.signal };
  await expect(decode(bomb, known("gzip"), aborted)).rejects.toBe(reason);
  await expect(decode(bomb, known("gzip"), aborted)).rejects.toBe(reason);
  expect(charged).toBe(0);
});

const MIB = 1024 * 1024;

test("large bodies wait for each other, and small ones do not wait for them", async () => {
  const decoder = new BodyDecoder(3 * MIB, 2);
  const large = gzipSync(Buffer.alloc(3 * MIB));
  const options = { key: "a" };
  const [first, second] = await Promise.all([
    decoder.decode(large, known("gzip"), options),
    decoder.decode(large, known("gzip"), options),
  ]);
  if (first.kind !== "decoded" || second.kind !== "decoded") throw new TypeError("not decoded");
  await expect(decoder.decode(large, known("gzip"), { ...options, waitMs: 20 })).rejects.toThrow(
    NoRoomError,
  );
  const third = decoder.decode(large, known("gzip"), options);
  for (const size of [100, 100_000, MIB]) {
    const small = await decoder.decode(gzipSync(randomBytes(size)), known("gzip"), options);
    expect(small).toMatchObject({ kind: "decoded" });
  }
  first.share[Symbol.dispose]();
  expect(await third).toMatchObject({ kind: "decoded" });
});

test("memory that a body does not need is free for others, and a bomb frees all of its memory", async () => {
  const decoder = new BodyDecoder(3 * MIB, 1);
  const options = { key: "a", waitMs: 1000 };
  const half = await decoder.decode(gzipSync(Buffer.alloc(1.2 * MIB)), known("gzip"), options);
  expect(half).toMatchObject({ kind: "decoded" });
  await decoder.hold(1.8 * MIB - 1024, options);
  const bomb = gzipSync(Buffer.alloc(4 * MIB));
  const other = new BodyDecoder(3 * MIB, 1);
  for (const bytes of [bomb, Buffer.from("no gzip"), bomb])
    expect((await other.decode(bytes, known("gzip"), options)).kind).not.toBe("decoded");
  expect(await other.decode(gzipSync(Buffer.alloc(2 * MIB)), known("gzip"), options)).toMatchObject(
    {
      kind: "decoded",
    },
  );
});

test("among waiting sources the one that holds least is next, and none holds everything", async () => {
  const pool = new BytePool(4, 3);
  const order: string[] = [];
  const take = async (key: string, bytes: number) => {
    const lease = await pool.take(bytes, { key });
    order.push(key);
    return lease;
  };
  const [first] = await Promise.all([take("greedy", 2), take("greedy", 1)]);
  const waiting = [take("greedy", 2), take("modest", 3), take("other", 1)];
  await expect.poll(() => order).toEqual(["greedy", "greedy", "other"]);
  first[Symbol.dispose]();
  await expect.poll(() => order).toEqual(["greedy", "greedy", "other", "greedy"]);
  expect(pool.heldBytes).toBe(4);
  (await waiting[0])?.[Symbol.dispose]();
  (await waiting[2])?.[Symbol.dispose]();
  await expect.poll(() => order).toContain("modest");
});
