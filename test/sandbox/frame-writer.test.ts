/** Frames to sandbox processes over a real socket arrive whole and in order, however slowly the other end reads. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { FrameWriter } from "../../src/sandbox/wire/frame-writer.ts";
import { FrameReader } from "../../src/sandbox/wire/frames.ts";

const MAX_FRAME_BYTES = 64 * 1024 * 1024;

interface Ends extends AsyncDisposable {
  readonly writer: FrameWriter;
  readonly reading: Socket;
}

async function ends(): Promise<Ends> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const writing = connect(address.port, "127.0.0.1");
  const [reading] = (await once(server, "connection")) as [Socket];
  return {
    writer: new FrameWriter(writing),
    reading,
    [Symbol.asyncDispose]: async () => {
      writing.destroy();
      reading.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

interface Sent {
  readonly head: { readonly n: number; readonly text: string };
  readonly parts: readonly (Buffer | string)[];
}

const TEXTS = ["", "plain", "é€😀".repeat(40), "long ".repeat(5000)];
const SIZES = [0, 1, 300, 16 * 1024, 16 * 1024 + 1, 100_000, 700_000];

const makeFrame = (n: number): Sent => ({
  head: { n, text: TEXTS[n % TEXTS.length] ?? "" },
  parts: Array.from({ length: n % 4 }, (_, at) =>
    (n + at) % 3 === 0
      ? (TEXTS[(n >> 2) % TEXTS.length] ?? "")
      : randomBytes(SIZES[(n * 7 + at) % SIZES.length] ?? 0),
  ),
});

/** Resolves with all frames once there are `count` of them. */
async function received(reading: Socket, count: number) {
  const reader = new FrameReader(MAX_FRAME_BYTES);
  const frames: { head: unknown; parts: Buffer[] }[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  reading.on("data", (chunk: Buffer) => {
    for (const { head, parts } of reader.push(chunk))
      frames.push({ head, parts: parts.map((part) => Buffer.from(part)) });
    if (frames.length >= count) resolve();
  });
  reading.resume();
  await promise;
  return frames;
}

test("frames arrive whole and in order when the reader pauses and continues", async () => {
  await using both = await ends();
  const sent = Array.from({ length: 400 }, (_, n) => makeFrame(n));
  for (const [at, { head, parts }] of sent.entries()) {
    both.writer.add(head, parts);
    if (at % 3 === 0) both.writer.flush();
    // The buffer is overwritten after the write and not before.
    if (at % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  both.writer.flush();
  expect(both.writer.isEmpty).toBe(true);
  const frames = await received(both.reading, sent.length);
  for (const [at, { head, parts }] of sent.entries()) {
    expect(frames[at]?.head).toEqual(head);
    expect(frames[at]?.parts).toEqual(parts.map((part) => Buffer.from(part)));
  }
});

test("a reader that pauses for long costs little more memory than the waiting frames", async () => {
  await using both = await ends();
  // These bytes fill the buffers of the system, so all later frames wait in this process.
  both.writer.add({}, [randomBytes(16 * 1024 * 1024)]);
  both.writer.flush();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = process.memoryUsage().arrayBuffers;
  const turns = 1000;
  for (let turn = 0; turn < turns; turn++) {
    both.writer.add({ turn }, [Buffer.alloc(1000, turn)]);
    both.writer.flush();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  const frames = await received(both.reading, turns + 1);
  for (let turn = 0; turn < turns; turn++)
    expect(frames[turn + 1]).toEqual({ head: { turn }, parts: [Buffer.alloc(1000, turn)] });
});

test("a frame that cannot be written leaves no partial frame", async () => {
  await using both = await ends();
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  expect(() => both.writer.add(cycle)).toThrow("circular");
  expect(both.writer.isEmpty).toBe(true);
  both.writer.add({ n: 1 });
  both.writer.flush();
  expect(await received(both.reading, 1)).toEqual([{ head: { n: 1 }, parts: [] }]);
});
