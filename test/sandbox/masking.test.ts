/** No text that leaves a run shows a part of a secret, at any place in the text and around any cut. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "../../src/sandbox/child/cut-text.ts";
import { makeFault } from "../../src/sandbox/child/fault.ts";
import { headerSpellings } from "../../src/sandbox/child/header-spellings.ts";
import { maskJson } from "../../src/sandbox/child/json-mask.ts";
import { createMask, type Mask, maskOf } from "../../src/sandbox/child/mask.ts";
import { MAX_BYTES, outgoingText } from "../../src/sandbox/child/outgoing-text.ts";
import { RunLog } from "../../src/sandbox/child/run-log.ts";
import { outgoingReport } from "../../src/sandbox/child/run-report.ts";
import { Spelling } from "../../src/sandbox/child/spelling.ts";
import { cutRaw, MAX_RAW_UNITS } from "../../src/sandbox/wire/raw-text.ts";

const FILLER = "-";
/** Letters that no filler or label contains, so that each one found belongs to the secret. */
const UNIT = fc.constantFrom("Q", "Z", "7", "é", "界", "🎉", '"', "\\", "\n", "\t", "\u0001");
const SECRET = fc
  .array(UNIT, { minLength: 4, maxLength: 120 })
  .map((units) => units.join(""))
  .filter((text) => text.length >= 4 && text.length <= 200);

const own = { filename: "functions/f/index.ts", modules: {} };
const maskFor = (secret: string): Mask =>
  createMask({ properties: { key: [secret] }, secrets: ["key"] });

/** Four characters of the secret in a row. Blanks and line breaks may also come from other text. */
function expectNothingOf(secret: string, text: string): void {
  const points = [...secret];
  for (let at = 0; at + 4 <= points.length; at++) {
    const part = points.slice(at, at + 4).join("");
    if (/\S/.test(part) && text.includes(part))
      throw new Error(
        `${JSON.stringify(part)} of the secret is in ${JSON.stringify(text.slice(-300))}`,
      );
  }
}

/** Places around a cut at which a secret begins. */
const placesAround = (cut: number, secret: string) =>
  fc.integer({ min: Math.max(0, cut - secret.length - 8), max: cut + 8 });

const runs = { numRuns: 300 };

test.each(Object.entries(MAX_BYTES))(
  "a text cut as a %s shows nothing of a secret at any place",
  (_, most) => {
    const placed = SECRET.chain((secret) =>
      fc.tuple(fc.constant(secret), placesAround(most, secret)),
    );
    fc.assert(
      fc.property(placed, ([secret, at]) => {
        const text = FILLER.repeat(at) + secret + FILLER.repeat(300);
        const left = outgoingText(text, most, maskFor(secret));
        expectNothingOf(secret, left);
        expect(Buffer.byteLength(left)).toBeLessThanOrEqual(most);
        expect(left.isWellFormed()).toBe(true);
      }),
      runs,
    );
  },
);

test("a text that is cut before it reaches the host shows no part of a secret at the cut", () => {
  const placed = SECRET.chain((secret) => fc.tuple(fc.constant(secret), fc.nat(secret.length)));
  fc.assert(
    fc.property(placed, ([secret, into]) => {
      // The masked text is so much shorter that its end is not cut again.
      const many = secret.repeat(Math.ceil(MAX_RAW_UNITS / secret.length) + 1).slice(into);
      const left = outgoingText(cutRaw(FILLER + many), 1_000_000, maskFor(secret));
      // The rest of the first one never was part of the secret.
      expectNothingOf(secret, left.slice(secret.length + 1));
    }),
    { numRuns: 100 },
  );
});

test("a log shows no part of a secret, at the cut of a line or of the whole", () => {
  const placed = SECRET.chain((secret) =>
    fc.tuple(
      fc.constant(secret),
      fc.oneof(placesAround(MAX_BYTES.line, secret), placesAround(1900, secret)),
    ),
  );
  fc.assert(
    fc.property(placed, fc.constantFrom(2048, 65_536), ([secret, at], maxBytes) => {
      const log = new RunLog({ maxBytes, maxLines: 5, limits: "limits" });
      const text = FILLER.repeat(at) + secret + FILLER.repeat(20);
      for (let line = 0; line < 8; line++)
        log.add(JSON.stringify({ at: 1, level: "info", text: cutRaw(text), units: text.length }));
      const lines = log.lines(maskFor(secret));
      for (const line of lines) expectNothingOf(secret, line.text);
      expect(Buffer.byteLength(JSON.stringify(lines))).toBeLessThan(maxBytes + 400);
      expect(lines.at(-1)?.text).toContain("further log lines were cut");
    }),
    runs,
  );
});

test("an error shows no part of a secret in its name, message or stack", () => {
  const placed = SECRET.chain((secret) =>
    fc.tuple(fc.constant(secret), fc.oneof(placesAround(256, secret), placesAround(8192, secret))),
  );
  fc.assert(
    fc.property(placed, ([secret, at]) => {
      const text = FILLER.repeat(at) + secret + FILLER.repeat(20);
      const frames = `\n    at ${text} (functions/f/index.ts:3:4)\n    at ${secret} (functions/f/index.ts:5:6)`;
      const thrown = { name: text, message: text, stack: `${text}: ${text}${frames}` };
      const fault = makeFault("SCRIPT_ERROR", thrown, own, maskFor(secret));
      for (const left of [fault.name, fault.message, fault.stack ?? ""])
        expectNothingOf(secret, left);
    }),
    runs,
  );
});

test("an answer, a result, a message and a reason show no part of a secret, and a result stays JSON", () => {
  const placed = SECRET.chain((secret) => fc.tuple(fc.constant(secret), placesAround(500, secret)));
  fc.assert(
    fc.property(placed, ([secret, at]) => {
      const text = FILLER.repeat(at) + secret + FILLER.repeat(20);
      const value = { [text]: [text, JSON.stringify({ [secret]: text }), { deep: secret }] };
      const mask = maskFor(secret);
      const outgoing = {
        message: text,
        skipped: text,
        result: JSON.stringify(value),
        response: {
          status: 200,
          headers: { "x-a": text, "x-b": "b" },
          body: JSON.stringify(value),
        },
      };
      const left = outgoingReport(
        outgoing,
        { texts: maskFor(secret), values: maskFor(secret) },
        { outputKb: 64 },
      );
      if ("problem" in left) throw new Error(left.problem);
      const { message = "", skipped = "", result = "null", response } = left;
      const parsed = JSON.stringify(JSON.parse(result), (_, part: unknown) => part);
      for (const shown of [
        message,
        skipped,
        parsed,
        response?.body ?? "",
        String(response?.headers["x-a"]),
      ])
        expectNothingOf(secret, shown);
      expect(response?.headers["x-b"]).toBe("b");
      const bytes = {
        status: 200,
        headers: {},
        body: Buffer.from(text).toString("base64"),
        bodyEncoding: "base64",
      } as const;
      const sent = outgoingReport(
        { response: bytes },
        { texts: mask, values: mask },
        { outputKb: 64 },
      );
      const body = "problem" in sent ? "" : (sent.response?.body ?? "");
      expect(Buffer.from(body, "base64").toString()).toBe(mask.apply(text));
    }),
    runs,
  );
});

test.each([
  ["a number", "1234", { a: 12_345 }, { a: "[key]5" }],
  ["the letters of an escape", "nabc", { a: "\nabc" }, { a: "\nabc" }],
  ["a part of a word", "true", { a: "untrue", b: 1 }, { a: "un[key]", b: 1 }],
  ["brackets and all", "[1,22]", { a: [1, 22] }, '{"a":[key]}'],
])("a result that holds %s is still JSON without it", (_, secret, value, masked) => {
  expect(JSON.parse(maskJson(JSON.stringify(value), maskFor(secret)))).toEqual(masked);
});

test("V8's excerpt of a secret in a JSON error is not shown", () => {
  fc.assert(
    fc.property(SECRET, fc.nat(30), fc.nat(30), (secret, before, after) => {
      const text = `${'"'.padEnd(before, "x")}${secret}${"".padEnd(after, "y")}`;
      let message = "";
      try {
        JSON.parse(text);
      } catch (error) {
        message = String(error);
      }
      expectNothingOf(secret, outgoingText(message, 1000, maskFor(secret)));
    }),
    runs,
  );
  const other = `${new Error("Unexpected token 'h', \"hello\" is not valid JSON")}`;
  expect(outgoingText(other, 1000, maskFor("top-secret"))).toBe(other);
});

test("no part of overlapping or nested secrets is left", () => {
  const mask = createMask({
    properties: { a: ["abcdef"], b: ["defghi"], c: ["cde"], d: ["ghighi12345"] },
    secrets: ["a", "b", "c", "d"],
  });
  expect(mask.apply("<abcdefghighi12345>")).toBe("<[a]>");
  const twice = maskFor("xyzwxyz");
  expect(twice.apply("<xyzwxyzwxyzwxyz>")).toBe("<[key]>");
  const long = `${"ab".repeat(100)}c`;
  expect(maskFor(long).apply(`<ab${long}ab${long}>`)).toBe("<ab[key]ab[key]>");
});

test.each([
  ["Base64", (text: string) => Buffer.from(text).toString("base64")],
  ["Base64 for URLs", (text: string) => Buffer.from(text).toString("base64url")],
  ["hexadecimal digits", (text: string) => Buffer.from(text).toString("hex")],
  ["percent escapes", (text: string) => encodeURIComponent(text)],
])("a secret of eight characters or more is also masked in %s, in any context", (_, encode) => {
  const secret = "s3cr/t+key??~é";
  for (const before of ["", "u", "us", "use"])
    for (const after of ["", "x", "xy", "xyz"]) {
      const encoded = encode(before + secret + after);
      const masked = maskFor(secret).apply(`<${encoded}>`);
      expect(masked).toContain("[key]");
      expect(masked.length).toBeLessThan(24);
    }
});

test("a header with thousands of words costs hardly more time than one with a few", () => {
  const words = (count: number) =>
    Array.from({ length: count }, (_, index) => `word-${index.toString(36).padStart(4, "x")}`).join(
      " ",
    );
  const costOf = (count: number) => {
    const headers = new Map([["x-acme-token", [words(count)]]]);
    const lines = Array.from(
      { length: 900 },
      (_, index) => `line ${index} ${"of words ".repeat(8)}`,
    );
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const startedAt = performance.now();
      const mask = maskOf(headerSpellings(headers, new Set(["x-acme-token"])));
      for (const line of lines) mask.apply(line);
      best = Math.min(best, performance.now() - startedAt);
    }
    return best;
  };
  costOf(10);
  // It was 400 times as much before.
  expect(costOf(6500)).toBeLessThan(20 * costOf(16) + 20);
});

test("the search for a secret takes time linear in the text, for any text and secret", () => {
  const hard = `b${"a".repeat(8000)}`;
  const costOf = (length: number) => {
    const text = "a".repeat(length);
    const mask = maskOf(
      headerSpellings(new Map([["t", [hard, `${hard}b`, "a".repeat(7000)]]]), new Set(["t"])),
    );
    const startedAt = performance.now();
    mask.apply(text);
    return performance.now() - startedAt;
  };
  costOf(20_000);
  const [short, long] = [costOf(20_000), costOf(320_000)];
  expect(long).toBeLessThan(80 * short + 50);
});

test("a cut falls between code points and keeps as much as fits", () => {
  fc.assert(
    fc.property(fc.array(UNIT), fc.nat(90), (units, most) => {
      const text = units.join("");
      const cut = cutText(text, most);
      expect(text.startsWith(cut)).toBe(true);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
      const next = [...text.slice(cut.length)][0] ?? "";
      if (next !== "") expect(Buffer.byteLength(cut + next)).toBeGreaterThan(most);
    }),
  );
});

test("a text full of imitated V8 excerpts costs hardly more with many secrets than with one", () => {
  const excerpt = `"${"x1y2".repeat(15)}" is not valid JSON `;
  const text = excerpt.repeat(MAX_RAW_UNITS / excerpt.length);
  const costOf = (secrets: number) => {
    const values = Array.from({ length: secrets }, (_, index) => `${index}`.padEnd(400, "secret"));
    const mask = maskOf(values.map((value) => new Spelling(value, "[key]")));
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const startedAt = performance.now();
      expect(outgoingText(text, MAX_BYTES.line, mask)).toBe(cutText(text, MAX_BYTES.line));
      best = Math.min(best, performance.now() - startedAt);
    }
    return best;
  };
  costOf(1);
  expect(costOf(100)).toBeLessThan(10 * costOf(1) + 20);
});
