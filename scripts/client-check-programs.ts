/** Programs that use generated clients: each lists, resubmits, creates and deletes, and prints the statuses. */

/** With the types of openapi-typescript. */
const OPENAPI_FETCH = `
import createClient from "openapi-fetch";
import type { paths } from "./openapi-typescript.ts";

const [baseUrl = "", token = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { authorization: "Bearer " + token } });

// @ts-expect-error A body is required.
void (() => client.POST("/api/v1/tokens"));
// @ts-expect-error There is no such status.
void (() => client.GET("/api/v1/messages", { params: { query: { status: "DONE" } } }));

const list = await client.GET("/api/v1/messages", { params: { query: { resubmitted: false } } });
const id = list.data?.items[0]?.id ?? "";
const path = { id };
const again = await client.POST("/api/v1/messages/{id}/resubmit", { params: { path } });
const edited = await client.POST("/api/v1/messages/{id}/resubmit", {
  params: { path },
  body: { body: { other: true } },
});
const fn = { name: "made", provider: "anything", uri: "made", script: "export default () => 1;" };
const made = await client.POST("/api/v1/functions", { body: fn });
const removed = await client.DELETE("/api/v1/functions/{name}", {
  params: { path: { name: "made" } },
});
const statuses = [list, again, edited, made, removed].map(({ response }) => response.status);
process.stdout.write(JSON.stringify(statuses));
`;

/** With the client of @hey-api/openapi-ts. */
const HEY_API = `
import { client } from "./hey-api/client.gen.ts";
import {
  createFunction,
  createToken,
  deleteFunction,
  listMessages,
  resubmitMessage,
} from "./hey-api/sdk.gen.ts";

const [baseUrl = "", token = ""] = process.argv.slice(2);
client.setConfig({ baseUrl, auth: () => token });

// @ts-expect-error A body is required.
void (() => createToken());
// @ts-expect-error There is no such status.
void (() => listMessages({ query: { status: "DONE" } }));

const list = await listMessages({ query: { resubmitted: false } });
const path = { id: list.data?.items[0]?.id ?? "" };
const again = await resubmitMessage({ path });
const edited = await resubmitMessage({ path, body: { body: { other: true } } });
const fn = { name: "made", provider: "anything", uri: "made", script: "export default () => 1;" };
const made = await createFunction({ body: fn });
const removed = await deleteFunction({ path: { name: "made" } });
const statuses = [list, again, edited, made, removed].map(({ response }) => response?.status);
process.stdout.write(JSON.stringify(statuses));
`;

export const PROGRAMS = { "openapi-fetch": OPENAPI_FETCH, "hey-api": HEY_API } as const;
