/** `when` in `provider.json`: which requests meet it, and why others do not. */
import { describe, expect, test } from "vitest";
import type { HeaderList } from "../../src/model/message.ts";
import { RequestHead } from "../../src/model/request-head.ts";
import { compileWhen } from "../../src/model/when.ts";
import { providerFileSchema } from "../../src/registry/provider-file.ts";

interface Asked {
  readonly method?: string;
  /** The target of the request, after the base path. */
  readonly path?: string;
  readonly headers?: HeaderList;
  readonly bodyBytes?: number;
}

const fileOf = (when: unknown) => ({ name: "acme", priority: 1, when });

/** The reason why a request does not meet the condition of a file; undefined when it does. */
function reason(when: unknown, { method = "POST", path = "", ...asked }: Asked = {}) {
  const file = providerFileSchema.parse(fileOf(when));
  if (file.when === undefined) throw new Error("no when");
  const { headers = [], bodyBytes = 0 } = asked;
  const message = { method, basePath: "/hooks", path: `/hooks/${path}`, headers };
  return compileWhen(file.when)(new RequestHead(message, bodyBytes)).reason;
}

const header = (value: string, name = "X-Event"): Asked => ({ headers: [[name, value]] });
const typed = (value: string) => header(value, "Content-Type");

const GITHUB = { "x-github-event": true, "x-gitea-event": false };
const JSON_TYPES = ["application/json", "application/*+json"];

type Row = readonly [what: string, when: unknown, asked: Asked, reason: string | undefined];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  method: [
    ["one of the list", { method: ["POST", "PUT"] }, { method: "PUT" }, undefined],
    ["another", { method: ["POST"] }, { method: "GET" }, "method is GET, expected POST"],
    [
      "none of several",
      { method: ["POST", "PUT", "PATCH"] },
      { method: "HEAD" },
      "method is HEAD, expected POST, PUT or PATCH",
    ],
  ],
  "a header that has to be there": [
    ["is", { headers: { "x-event": true } }, header("push"), undefined],
    ["is, and empty", { headers: { "x-event": true } }, header(""), undefined],
    ["is, in capitals", { headers: { "x-event": true } }, header("push", "X-EVENT"), undefined],
    ["is not", { headers: { "X-Event": true } }, header("push", "X-Other"), "no header x-event"],
    [
      "named like what objects have",
      { headers: { constructor: true } },
      {},
      "no header constructor",
    ],
  ],
  "a header that must not be there": [
    ["is not", { headers: GITHUB }, header("push", "X-GitHub-Event"), undefined],
    [
      "is",
      { headers: GITHUB },
      { headers: [...(header("push", "X-GitHub-Event").headers ?? []), ["X-GITEA-EVENT", ""]] },
      "header x-gitea-event is present",
    ],
  ],
  "a pattern of a header": [
    [
      "fits",
      { headers: { "user-agent": "GitHub-Hookshot/*" } },
      header("GitHub-Hookshot/044aadd", "User-Agent"),
      undefined,
    ],
    [
      "fits in another letter case",
      { headers: { "user-agent": "github-hookshot/*" } },
      header("GitHub-Hookshot/1", "User-Agent"),
      undefined,
    ],
    ["is nothing but the value", { headers: { "x-event": "push" } }, header("Push"), undefined],
    ["stands for nothing", { headers: { "x-event": "push*" } }, header("push"), undefined],
    ["several stars", { headers: { "x-event": "*.*.*" } }, header("eyJh.eyJp.c2ln"), undefined],
    [
      "too few parts",
      { headers: { "x-event": "*.*.*" } },
      header("eyJh.eyJp"),
      "header x-event does not fit *.*.*",
    ],
    [
      "no overlap",
      { headers: { "x-event": "aba*aba" } },
      header("ababa"),
      "header x-event does not fit aba*aba",
    ],
    [
      "the end counts",
      { headers: { "x-event": "*/v1" } },
      header("a/v1/v2"),
      "header x-event does not fit */v1",
    ],
    [
      "no regular expression",
      { headers: { "x-event": "a.c" } },
      header("abc"),
      "header x-event does not fit a.c",
    ],
    ["absent", { headers: { "x-event": "*" } }, {}, "no header x-event"],
    [
      "sent twice, as scripts see it",
      { headers: { "x-event": "a, b" } },
      {
        headers: [
          ["X-Event", "a"],
          ["x-event", "b"],
        ],
      },
      undefined,
    ],
    [
      "sent twice, and one alone meant",
      { headers: { "x-event": "a" } },
      {
        headers: [
          ["X-Event", "a"],
          ["x-event", "b"],
        ],
      },
      "header x-event does not fit a",
    ],
  ],
  uri: [
    ["the same", { uri: "git/push" }, { path: "git/push" }, undefined],
    ["another letter case", { uri: "git/push" }, { path: "Git/push" }, "URI does not fit git/push"],
    ["slashes at the ends", { uri: "git/push" }, { path: "/git/push/" }, undefined],
    ["a star within a segment", { uri: "git/*-push" }, { path: "git/my-push" }, undefined],
    [
      "a star does not cross segments",
      { uri: "git/*" },
      { path: "git/a/b" },
      "URI does not fit git/*",
    ],
    [
      "a star is a segment that is not empty",
      { uri: "*/push" },
      { path: "x//push" },
      "URI does not fit */push",
    ],
    ["any segments behind", { uri: "git/**" }, { path: "git/a/b/c" }, undefined],
    ["none behind", { uri: "git/**" }, { path: "git" }, undefined],
    ["not another beginning", { uri: "git/**" }, { path: "github/a" }, "URI does not fit git/**"],
    ["any segments before", { uri: "**/push" }, { path: "a/b/push" }, undefined],
    ["any segments between", { uri: "a/**/m*/**/z" }, { path: "a/b/mid/c/d/z" }, undefined],
    ["nothing between", { uri: "a/**/m/**/z" }, { path: "a/m/z" }, undefined],
    [
      "the same segment is not used twice",
      { uri: "a/**/a" },
      { path: "a" },
      "URI does not fit a/**/a",
    ],
    ["an escaped letter", { uri: "über/*" }, { path: "%C3%BCber/x" }, undefined],
    ["an escaped slash is part of its segment", { uri: "a/*" }, { path: "a/b%2Fc" }, undefined],
    [
      "an escaped slash divides nothing",
      { uri: "a/b/c" },
      { path: "a/b%2Fc" },
      "URI does not fit a/b/c",
    ],
    ["the root", { uri: "*/**" }, { path: "" }, "URI does not fit */**"],
    ["everything", { uri: "**" }, { path: "" }, undefined],
  ],
  contentType: [
    ["the same", { contentType: JSON_TYPES }, typed("application/json"), undefined],
    [
      "with parameters",
      { contentType: JSON_TYPES },
      typed("application/json; charset=utf-8"),
      undefined,
    ],
    [
      "in another letter case",
      { contentType: ["Application/JSON"] },
      typed("aPPlication/json;CHARSET=x"),
      undefined,
    ],
    ["a pattern", { contentType: JSON_TYPES }, typed("application/cloudevents+json"), undefined],
    [
      "another",
      { contentType: JSON_TYPES },
      typed("text/xml"),
      "content type is not application/json or application/*+json",
    ],
    [
      "one that begins alike",
      { contentType: ["application/json"] },
      typed("application/jsonp"),
      "content type is not application/json",
    ],
    [
      "a type in a parameter",
      { contentType: ["application/json"] },
      typed("text/plain; a=application/json"),
      "content type is not application/json",
    ],
    [
      "absent",
      { contentType: ["application/json"] },
      {},
      "no content type, expected application/json",
    ],
    ["empty", { contentType: ["*"] }, typed(" ; charset=utf-8"), "no content type, expected *"],
    [
      "sent twice",
      { contentType: ["application/json"] },
      {
        headers: [
          ["Content-Type", "application/json"],
          ["content-type", "application/json"],
        ],
      },
      undefined,
    ],
  ],
  maxBodyBytes: [
    ["as many", { maxBodyBytes: 13 }, { bodyBytes: 13 }, undefined],
    ["none", { maxBodyBytes: 0 }, { bodyBytes: 0 }, undefined],
    ["more", { maxBodyBytes: 13 }, { bodyBytes: 14 }, "body has more than 13 bytes"],
  ],
  "several parts": [
    [
      "all hold",
      { method: ["POST"], headers: { "x-event": true }, uri: "**" },
      header("x"),
      undefined,
    ],
    [
      "the first that does not is the reason",
      { uri: "a", method: ["GET"] },
      {},
      "method is POST, expected GET",
    ],
    ["one of two headers", { headers: { a: true, b: true } }, header("1", "a"), "no header b"],
  ],
  "a list": [
    [
      "the first",
      [{ headers: { a: true } }, { headers: { b: true } }],
      header("1", "A"),
      undefined,
    ],
    ["the last", [{ headers: { a: true } }, { method: ["POST"] }], {}, undefined],
    [
      "none",
      [{ headers: { a: true } }, { method: ["GET"], headers: { b: true } }],
      {},
      "no header a; method is POST, expected GET",
    ],
    [
      "none, for the same reason",
      [
        { method: ["GET"], uri: "a" },
        { method: ["GET"], uri: "b" },
      ],
      {},
      "method is POST, expected GET",
    ],
    ["of one", [{ headers: { a: true } }], {}, "no header a"],
  ],
};

describe.each(Object.keys(ROWS))("%s", (part) => {
  test.each(ROWS[part] ?? [])("%s", (_what, when, asked, expected) => {
    expect(reason(when, asked)).toBe(expected);
  });
});

test("the cost of a pattern grows only with the length of the text", () => {
  const [text, longer] = [8000, 32_000].map((length) => "a".repeat(length));
  const unmet = compileWhen({ headers: { "x-event": `${"*a".repeat(99)}b` } });
  const paths = compileWhen({ uri: `${"**/a/".repeat(39)}b` });
  const cost = (value = "") => {
    const startedAt = performance.now();
    const path = `/${value.replaceAll("a", "a/")}`;
    const message = { method: "POST", basePath: "", path, headers: [["X-Event", value]] } as const;
    for (let n = 0; n < 20; n++) {
      const head = new RequestHead({ ...message }, 0);
      expect(unmet(head).reason).toMatch(/does not fit/);
      expect(paths(head).reason).toMatch(/does not fit/);
    }
    return performance.now() - startedAt;
  };
  cost(text);
  // A matcher that tries each way would take many thousand times as long for four times the text.
  expect(cost(longer)).toBeLessThan(cost(text) * 40);
});
