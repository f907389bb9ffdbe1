/** Settings and calls that are refused say what was found, what was expected, and which name was meant. */
import { expect, test } from "vitest";
import { z } from "zod";
import { readConfig } from "../../src/config.ts";
import { describeSchemaProblems } from "../../src/model/schema-problems.ts";
import { functionFileSchema } from "../../src/registry/function-file.ts";
import { providerFileSchema } from "../../src/registry/provider-file.ts";

const problemsOf = (environment: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return String(error instanceof Error ? error.message : error).split("\n");
  }
};

test.each([
  [{ HOOKYARD_PORT: "80a" }, 'HOOKYARD_PORT: found "80a", expected a whole number'],
  [{ HOOKYARD_PORT: "99999" }, 'HOOKYARD_PORT: found "99999", '],
  [{ HOOKYARD_PUBLIC_URl: "https://h" }, "unknown setting, did you mean HOOKYARD_PUBLIC_URL?"],
  [{ HOOKYARD_TOKN: "a-token" }, "HOOKYARD_TOKN: unknown setting, did you mean HOOKYARD_TOKEN?"],
  [{ HOOKYARD_COLOUR: "red" }, "HOOKYARD_COLOUR: unknown setting"],
  [{ HOOKYARD_TRUST_PROXY: "yes" }, 'HOOKYARD_TRUST_PROXY: found "yes", '],
  [{ HOOKYARD_BASE_PATHS: "/a,b/" }, 'found "/a,b/", expected paths that start with a slash'],
])("%j is refused with the value found and the nearest name", (environment, problemText) => {
  const problems = problemsOf(environment);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problemText);
});

const OIDC = {
  HOOKYARD_OIDC_ISSUER: "https://id.example.org",
  HOOKYARD_OIDC_CLIENT_ID: "hookyard",
  HOOKYARD_OIDC_CLIENT_SECRET: "hush",
  HOOKYARD_OIDC_PERMISSIONS: '{"groups":{"ops":["messages:read"]}}',
};

test("the settings of an identity provider are set together, and are checked", () => {
  expect(readConfig(OIDC).oidc).toMatchObject({
    issuer: "https://id.example.org",
    permissions: { groups: { ops: ["messages:read"] } },
    scopes: "openid email profile",
  });
  expect(readConfig({}).oidc).toBeUndefined();
  for (const name of Object.keys(OIDC)) {
    const { [name]: _, ...others }: Record<string, string> = OIDC;
    const [problem] = problemsOf(others);
    expect(problem).toContain(`${name}: not set`);
    expect(problem).not.toContain("hush");
  }
});

test.each([
  ["ISSUER", "http://id.example.org", "expected https"],
  ["ISSUER", "http://127.0.0.1.example.org", "expected https"],
  ["ISSUER", "id.example.org", "expected https"],
  ["PERMISSIONS", "admins", 'expected JSON: {"<claim>"'],
  ["PERMISSIONS", '{"groups":{"ops":["read"]}}', "messages:read"],
  ["PERMISSIONS", '{"groups":["admin"]}', "HOOKYARD_OIDC_PERMISSIONS.groups"],
  ["SCOPES", "email", "expected scopes with openid"],
])("HOOKYARD_OIDC_%s=%s is refused", (name, value, expected) => {
  const problems = problemsOf({ ...OIDC, [`HOOKYARD_OIDC_${name}`]: value });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

test.each(["http://localhost:8", "http://127.0.0.1:8", "http://[::1]:8"])(
  "an identity provider at %s needs no encryption",
  (issuer) => {
    expect(problemsOf({ ...OIDC, HOOKYARD_OIDC_ISSUER: issuer })).toEqual([]);
  },
);

test.each(["ADMIN_TOKEN", "METRICS_TOKEN", "SECRET_KEY", "SECRET_KEY_NEXT", "DATABASE_URL"])(
  "the value of HOOKYARD_%s is not shown, nor the password in a URL",
  (name) => {
    const environment = { [`HOOKYARD_${name}`]: "hush", HOOKYARD_PUBLIC_URL: "http//u:hush@h:x" };
    const problemText = problemsOf(environment).join("\n");
    expect(problemText).toContain(`HOOKYARD_${name}: `);
    expect(problemText).not.toContain("hush");
  },
);

const problemText = (schema: z.ZodType, value: unknown): string => {
  const { error } = schema.safeParse(value);
  return error === undefined ? "" : describeSchemaProblems(error, schema);
};

test("an unknown key is named with the known ones and the nearest, at any depth and in unions", () => {
  const provider = { name: "acme", priority: 1 };
  expect(problemText(providerFileSchema, { ...provider, prioritty: 2 })).toMatch(
    /^Unrecognized key: "prioritty"; expected only .*name, .*priority.* \(did you mean priority\?\)$/,
  );
  const properties = [{ name: "a", secrt: true }];
  expect(problemText(providerFileSchema, { ...provider, properties })).toMatch(
    /^properties\.0: .*"secrt"; expected only name, .*did you mean secret/,
  );
  for (const when of [{ header: {} }, [{ header: {} }]])
    expect(problemText(providerFileSchema, { ...provider, when })).toMatch(
      /"header"; expected only .*headers.*did you mean headers/,
    );
  const fn = { name: "f", provider: "acme", uri: "x" };
  expect(problemText(functionFileSchema, { ...fn, retry: { times: 3 } })).toMatch(
    /^retry: Unrecognized key: "times"; expected only maxAttempts, /,
  );
  expect(problemText(functionFileSchema, { ...fn, uri: 1 })).toBe(
    "uri: expected string, received number",
  );
  expect(problemText(z.strictObject({}), { a: 1 })).toBe('Unrecognized key: "a"; expected no keys');
});
