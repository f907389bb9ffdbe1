/** Valid and invalid values of `http` in `function.json`, with the messages for invalid ones. */
import { expect, test } from "vitest";
import { z } from "zod";
import { functionFileSchema, grantOf } from "../../src/registry/function-file.ts";

const parse = (http: unknown) =>
  functionFileSchema.safeParse({ name: "one", provider: "any", uri: "x", http });

/** The grant of a valid file. */
function grant(http: unknown) {
  const { data } = parse(http);
  return data && grantOf(data.http);
}

/** The error message for an invalid file. */
function refusal(http: unknown): string {
  const { error } = parse(http);
  return error === undefined ? "" : z.prettifyError(error);
}

test("without http nothing is granted", () => {
  for (const http of [undefined, {}])
    expect(grant(http)).toEqual({ allow: [], privateNetworks: [] });
});

test.each([
  ["api.github.com", "https", "api.github.com", 443],
  ["API.GitHub.com", "https", "api.github.com", 443],
  ["api.github.com:8443", "https", "api.github.com", 8443],
  ["https://api.github.com", "https", "api.github.com", 443],
  ["http://ci.internal", "http", "ci.internal", 80],
  ["HTTP://ci.internal:8080", "http", "ci.internal", 8080],
  ["bücher.example", "https", "xn--bcher-kva.example", 443],
  ["localhost:1", "https", "localhost", 1],
  ["my_host:65535", "https", "my_host", 65_535],
  ["192.168.1.10", "https", "192.168.1.10", 443],
  ["http://[::1]:8080", "http", "[::1]", 8080],
  ["[FD00:0::1]", "https", "[fd00::1]", 443],
])("%s is %s to %s on port %i", (entry, scheme, host, port) => {
  expect(grant({ allow: [entry] })?.allow).toEqual([{ scheme, host, wildcard: false, port }]);
});

test("a wildcard is parsed", () => {
  expect(grant({ allow: ["*.Example.org", "http://*.b.example:81"] })?.allow).toEqual([
    { scheme: "https", host: "example.org", wildcard: true, port: 443 },
    { scheme: "http", host: "b.example", wildcard: true, port: 81 },
  ]);
});

test.each([
  ["", "names no host"],
  ["https://", "names no host"],
  ["https://api.github.com/", "has a path"],
  ["api.github.com/repos", "has a path"],
  ["api.github.com\\repos", "has a path"],
  ["api.github.com?x=1", "has a query"],
  ["api.github.com#x", "has a query or fragment"],
  ["https://me:hush@api.github.com", "user name or password"],
  ["ftp://files.example", 'the scheme "ftp": only https and http'],
  ["*", 'only the first label of a name may be "*"'],
  ["*.*.example.org", 'only the first label of a name may be "*"'],
  ["api.*.org", 'only the first label of a name may be "*"'],
  ["api*.example.org", 'only the first label of a name may be "*"'],
  ["*.", "no valid host name"],
  ["*.10.0.0.1", "wildcard of an IP address"],
  ["a..example", "no valid host name"],
  ["a.example,b.example", "no valid host name"],
  ["-a.example", "no valid host name"],
  ["a.example.", "ends with a dot"],
  ["a.example:", "port"],
  ["a.example:0", "port"],
  ["a.example:65536", "port"],
  ["a.example:8a", "port"],
  ["mailto:a", "port"],
  [" a.example", "white space"],
  ["a.example\n", "white space"],
  ["%61.example", "percent escape"],
  ["127.1", "another spelling of 127.0.0.1"],
  ["0x7f000001", "another spelling of 127.0.0.1"],
  ["2130706433", "another spelling of 127.0.0.1"],
  ["::1", 'write "[::1]"'],
  ["[::g]", "no valid host name"],
  [`${"a".repeat(60)}.`.repeat(6), "longer than 300"],
])("the entry %j is refused: %s", (entry, message) => {
  const text = refusal({ allow: ["api.github.com", entry] });
  expect(text).toContain(message);
  expect(text).toContain("http.allow[1]");
  expect(text).not.toContain("hush");
});

test.each([
  ["10.1.0.0/16", "10.1.0.0/16"],
  ["127.0.0.1/32", "127.0.0.1/32"],
  ["100.64.0.0/10", "100.64.0.0/10"],
  ["FD00:1:0::/48", "fd00:1::/48"],
  ["::1/128", "::1/128"],
  ["fe80::/10", "fe80::/10"],
])("the block %s is %s", (block, expected) => {
  expect(grant({ privateNetworks: [block] })?.privateNetworks).toEqual([expected]);
});

test.each([
  ["10.1.2.0/16", 'write "10.1.0.0/16"'],
  ["192.168.1.1/31", 'write "192.168.1.0/31"'],
  ["fd00::1/64", 'write "fd00::/64"'],
  ["fdff:ffff::/7", 'write "fc00::/7"'],
  ["10.1.2.3", 'write "10.1.2.3/32"'],
  ["::1", 'write "::1/128"'],
  ["10.0.0.0/33", "is not a block"],
  ["fd00::/129", "is not a block"],
  ["10.0.0/8", "is not a block"],
  ["10.0.0.0/-1", "is not a block"],
  ["10.0.0.0/08x", "is not a block"],
  ["fe80::%eth0/64", "is not a block"],
  ["private", "is not a block"],
  ["", "is not a block"],
  ["0.0.0.0/0", "not inside a private range"],
  ["8.8.8.0/24", "not inside a private range"],
  ["172.0.0.0/8", "not inside a private range"],
  ["224.0.0.0/4", "not inside a private range"],
  ["::/0", "not inside a private range"],
  ["2001:db8::/32", "not inside a private range"],
  ["::ffff:10.0.0.0/104", "not inside a private range"],
])("the block %j is refused: %s", (block, message) => {
  const text = refusal({ privateNetworks: ["10.0.0.0/8", block] });
  expect(text).toContain(message);
  expect(text).toContain("http.privateNetworks[1]");
});

test.each([
  [{ allowed: [] }, "allowed"],
  [{ allow: "api.github.com" }, "http.allow"],
  [{ allow: [1] }, "http.allow[0]"],
  [{ allow: Array(101).fill("a.example") }, "http.allow"],
  [null, "http"],
])("%j is not valid as http", (http, place) => {
  expect(refusal(http)).toContain(place);
});
