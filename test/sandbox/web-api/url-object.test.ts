/** `URL` as an object: its errors, its statics, its parameters and its limits. Parsing is in `web-api-url.test.ts`. */
import { afterAll, expect, test } from "vitest";
import { compareTable, startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const PARTS = "href origin protocol username password host hostname port pathname search hash";
/** All properties of a URL. */
const ALL = `((url) => [${PARTS.split(" ").map((part) => `url.${part}`)}, url.searchParams.toString(), url.toString(), JSON.stringify(url)])`;

test("errors, statics and the looks of the class", () =>
  compareTable(isolates, [
    "new URL()",
    "new URL(undefined)",
    "new URL('/x', undefined)",
    "new URL('http://a', null)",
    "new URL('/x', null)",
    "URL('http://a')",
    "new URL(Symbol())",
    "new URL({ toString: () => 'http://a/' }).href",
    "new URL(new URL('http://a/b'), new URL('http://c')).href",
    "new URL('../x', new URL('http://a/b/c')).href",
    "URL.canParse()",
    "URL.canParse('x')",
    "URL.canParse('x', 'http://a')",
    "URL.canParse('http://a', 'x')",
    "URL.canParse('http://a', undefined)",
    "URL.canParse(Symbol())",
    "URL.parse()",
    "URL.parse('x')",
    "URL.parse('x', 'http://a').href",
    "URL.parse('x', 'y')",
    "URL.parse('http://a') instanceof URL",
    "Object.keys(new URL('http://a'))",
    "Object.keys(URL.prototype).sort()",
    "String(Object.prototype.toString.call(new URL('http://a')))",
    "String(new URL('http://a'))",
    "new URL('http://a') + ''",
    "URL.prototype.toString.call({})",
    "URL.prototype.toJSON.call({})",
    "Object.getOwnPropertyDescriptor(URL.prototype, 'href').get.call({})",
    "Object.getOwnPropertyDescriptor(URL.prototype, 'href').set.call({}, 'http://a')",
    "(() => { new URL('http://a').origin = 'x'; })()",
    "(() => { new URL('http://a').searchParams = 'x'; })()",
    "(() => { const url = new URL('http://a'); url.x = 1; return url.x; })()",
    "URL.name + URL.length + URL.parse.length + URL.canParse.length",
    "new (class extends URL { get twice() { return this.href + this.href; } })('http://a').twice",
    "(() => { try { new URL('x'); } catch (error) { return [error.code, error.input]; } })()",
    "(() => { const url = new URL('http://a'); try { url.href = 'x'; } catch (error) { return [error.code, url.href]; } })()",
  ]));

test("searchParams and search follow each other", () => {
  const doing = (start: string, code: string) =>
    `(() => { const url = new URL(${JSON.stringify(start)}); const params = url.searchParams; ${code}; return [params === url.searchParams, ${ALL}(url), [...params]]; })()`;
  return compareTable(
    isolates,
    [
      "http://a/?x=1&y=2&x=3#h",
      "http://a/",
      "http://a/?",
      "data:x  ?a=b  #c",
      "data:x  ",
      "mailto:a?x=%20+%2B",
    ].flatMap((start) =>
      [
        "params.append('é', '& =')",
        "params.delete('x')",
        "params.delete('x', '3')",
        "params.delete('none')",
        "params.set('x', '9')",
        "params.set('new', '')",
        "params.sort()",
        "url.search = '?p=q'",
        "url.search = ''",
        "url.href = 'http://b/?z=%zz'",
        "url.hash = ''",
        "for (const [name] of params) params.delete(name)",
        "url.search = 'a b'; params.append('c', 'd')",
        "params.append('a', '1'); url.pathname = 'x'; params.append('b', '2')",
        "try { url.href = 'bad'; } catch {}; params.append('k', 'v')",
      ].map((code) => doing(start, code)),
    ),
  );
});

test("a text that is too long for the host is refused with an error", async () => {
  const script = `export default () => {
      const complaints = [];
      const attempt = (run) => { try { run(); complaints.push("none"); } catch (error) { complaints.push(error.name + ": " + error.message); } };
      const long = "x".repeat(262_145);
      const url = new URL("http://a/");
      attempt(() => new URL("http://a/" + long));
      attempt(() => new URL("x", "http://a/" + long));
      attempt(() => { url.hash = long; });
      attempt(() => url.searchParams.append("x", long));
      attempt(() => { url.hash = "é".repeat(100_000); });
      attempt(() => { url.hash = "y".repeat(262_000); });
      return { complaints, size: url.searchParams.size, length: url.href.length };
    };`;
  const tooLong = expect.stringMatching(/^TypeError: URL: .*262144/);
  expect(await isolates.run(script)).toEqual({
    complaints: [tooLong, tooLong, tooLong, tooLong, tooLong, "none"],
    size: 0,
    length: 262_010,
  });
});

test("a URL can be created while a script is loaded", async () => {
  const script =
    "const base = new URL('https://a.example/x'); export default () => new URL('y', base).href;";
  expect(await isolates.run(script)).toBe("https://a.example/y");
});
