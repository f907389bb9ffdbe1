/** `/api/v1/tokens`: the tokens of the API and their permissions. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { PERMISSIONS } from "../model/permission.ts";
import type { Token } from "../store/access/token-table.ts";
import type { Store } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/;

const time = z.iso.datetime();
const listedToken = z
  .object({
    name: z.string(),
    permissions: z.array(z.enum(PERMISSIONS)).readonly(),
    createdAt: time,
    createdBy: z
      .string()
      .nullable()
      .describe("The name of the token that created it; null for the server."),
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable().describe("Precise to a minute."),
  })
  .meta({ id: "Token" });

const tokenRequest = z.strictObject({
  name: z
    .string()
    .regex(NAME, "expected up to 63 letters, digits, dots, dashes, underlines or at signs"),
  permissions: z
    .array(z.enum(PERMISSIONS))
    .min(1, "expected at least one permission")
    .transform((permissions) => PERMISSIONS.filter((one) => permissions.includes(one))),
  expiresAt: z.iso
    .datetime({ offset: true, message: "expected an ISO 8601 time with zone" })
    .transform((text) => Date.parse(text))
    .optional(),
});

interface TokensDeps {
  readonly store: Store;
  readonly now: () => number;
}

export const tokenEndpoints = (deps: TokensDeps): readonly Endpoint[] => [
  list(deps),
  create(deps),
  remove(deps),
];

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

const view = ({ createdAt, expiresAt, lastUsedAt, ...token }: Token) => ({
  ...token,
  createdAt: new Date(createdAt).toISOString(),
  expiresAt: iso(expiresAt),
  lastUsedAt: iso(lastUsedAt),
});

const list = ({ store }: TokensDeps) =>
  endpoint({
    method: "get",
    path: "/tokens",
    permission: "admin",
    operationId: "listTokens",
    summary: "All tokens by name, expired ones included",
    answers: {
      200: {
        description: "The tokens without their values",
        schema: z.object({ items: z.array(listedToken) }),
      },
    },
    handle: () => ({ status: 200, body: { items: store.tokens.list().map(view) } }),
  });

const create = ({ store, now }: TokensDeps) =>
  endpoint({
    method: "post",
    path: "/tokens",
    permission: "admin",
    operationId: "createToken",
    refuses: ["conflict"],
    summary: "A new token",
    body: tokenRequest,
    examples: {
      "for a dashboard": { name: "dashboard", permissions: ["messages:read"] },
    },
    answers: {
      201: {
        description: "The token; its value is shown only now",
        schema: listedToken.extend({ token: z.string() }),
      },
    },
    handle: async ({ body: { name, permissions, expiresAt = null }, caller }) => {
      const createdAt = now();
      if (expiresAt !== null && expiresAt <= createdAt) {
        const detail = `expiresAt is ${iso(expiresAt)}, which is in the past; expected a future time`;
        throw new HookyardError("unprocessable", detail);
      }
      const made = { name, permissions, expiresAt };
      const token = await store.tokens.create(made, caller.name, createdAt);
      if (token === undefined) {
        const detail = `there is a token ${name} already: DELETE /api/v1/tokens/${name} removes it, or choose another name`;
        throw new HookyardError("conflict", detail);
      }
      const shown = view({ ...made, createdAt, createdBy: caller.name, lastUsedAt: null });
      return { status: 201, body: { ...shown, token } };
    },
  });

const remove = ({ store, now }: TokensDeps) =>
  endpoint({
    method: "delete",
    path: "/tokens/:name",
    permission: "admin",
    operationId: "deleteToken",
    refuses: ["conflict"],
    summary: "Removes a token at once, also the token of the call itself",
    handlesTokenEnd: true,
    params: z.object({ name: z.string().describe("The name of the token.") }),
    answers: { 204: { description: "The token is refused from now on" } },
    handle: async ({ params: { name }, caller }) => {
      const done = await store.tokens.remove(name, caller.name, now());
      if (done === "missing") {
        const detail = `there is no token ${JSON.stringify(name.slice(0, 100))}; GET /api/v1/tokens lists them`;
        throw new HookyardError("not_found", detail);
      }
      if (done === "last") {
        const detail = `${name} is the last token with the permission admin that does not expire: create another one first`;
        throw new HookyardError("conflict", detail);
      }
      return { status: 204 };
    },
  });
