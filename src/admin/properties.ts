/**
 * `/api/v1/providers/:name/properties/:property`: sets and removes values of properties. Secret values can be written
 * but not read.
 */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { atMostCharacters, eitherOf } from "../model/described-checks.ts";
import type { Caller } from "../model/permission.ts";
import type { InstalledProvider } from "../registry/load-registry.ts";
import type { PropertyChange } from "../store/scripts/property-store.ts";
import { assertMay } from "./assert-may.ts";
import { type ChangeDeps, findInstalled } from "./definition-changes.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const MAX_VALUES = 10;

/** Stores values of properties encrypted. A change resolves once it is on disk. */
export interface SecretStore {
  readonly find: (
    provider: string,
    name: string,
  ) => { readonly secret: boolean; readonly values: readonly string[] } | undefined;
  readonly set: (
    place: Place,
    value: { readonly secret: boolean; readonly values: readonly string[] },
    change: PropertyChange,
  ) => Promise<void>;
  readonly remove: (place: Place, change: PropertyChange) => Promise<boolean>;
}
interface Place {
  readonly provider: string;
  readonly name: string;
}

export type PropertiesDeps = ChangeDeps & { readonly secrets: SecretStore };

const where = z.object({
  name: z.string().describe("The name of the provider."),
  property: z.string().describe("The name of the property in the provider's definition."),
});
const value = atMostCharacters(65_536, z.string().min(1, "expected a non-empty text"));
const values = eitherOf(
  z.strictObject({
    value: value.optional(),
    values: z
      .array(value)
      .min(1)
      .max(MAX_VALUES)
      .optional()
      .describe("All accepted values, for rotation: the first is the current one."),
  }),
  ["value", "values"],
);

const propertyState = z.object({
  provider: z.string(),
  name: z.string(),
  secret: z.boolean(),
  set: z.boolean(),
  values: z.int().describe("How many values are accepted."),
});

export const propertyEndpoints = (deps: PropertiesDeps): readonly Endpoint[] => [
  set(deps),
  remove(deps),
];

const set = (deps: PropertiesDeps) =>
  endpoint({
    method: "put",
    path: "/providers/:name/properties/:property",
    permission: "scripts:write",
    operationId: "setProperty",
    summary: "Sets a property, in force from the next message on; a secret one needs `admin`",
    params: where,
    body: values,
    examples: {
      "one value": { value: "a-secret-of-the-sender" },
      rotation: { values: ["the-new-secret", "the-old-secret"] },
    },
    maxBodyBytes: 2 * 1024 * 1024,
    answers: { 200: { description: "The value is in force", schema: propertyState } },
    handle: async ({ params: { name: provider, property: name }, body, caller, assertToken }) => {
      const newValues = body.values ?? [body.value ?? ""];
      const secret = await deps.scripts.change(async () => {
        const isSecret = secrecyOf(provider, name, deps);
        assertAdminForSecret(caller, isSecret, name);
        assertToken();
        const change = { by: caller.name, at: deps.now() };
        await deps.secrets.set({ provider, name }, { secret: isSecret, values: newValues }, change);
        return isSecret;
      });
      return { status: 200, body: { provider, name, secret, set: true, values: newValues.length } };
    },
  });

const remove = (deps: PropertiesDeps) =>
  endpoint({
    method: "delete",
    path: "/providers/:name/properties/:property",
    permission: "scripts:write",
    operationId: "deleteProperty",
    summary: "Removes the values set for a property; a secret one needs `admin`",
    params: where,
    answers: { 204: { description: "The value of the environment variable is in force again" } },
    handle: async ({ params: { name: provider, property: name }, caller, assertToken }) => {
      await deps.scripts.change(async () => {
        const stored = deps.secrets.find(provider, name);
        // Values of an uninstalled provider can be removed too.
        const isSecret = stored === undefined ? secrecyOf(provider, name, deps) : stored.secret;
        assertAdminForSecret(caller, isSecret, name);
        assertToken();
        const change = { by: caller.name, at: deps.now() };
        if (await deps.secrets.remove({ provider, name }, change)) return;
        const detail = `no value of property ${JSON.stringify(name.slice(0, 100))} of provider ${provider} was set over the API; a value from an environment variable is removed with the variable`;
        throw new HookyardError("not_found", detail);
      });
      return { status: 204 };
    },
  });

/**
 * A property that was set as a secret stays secret until its value is removed. Throws `not_found` for an unknown
 * property.
 */
function secrecyOf(provider: string, name: string, { scripts, secrets }: PropertiesDeps) {
  const found = findInstalled("provider", provider, scripts);
  const properties = propertiesOf(found);
  const property = properties.find((one) => one.name === name);
  if (property !== undefined)
    return property.secret || secrets.find(provider, name)?.secret === true;
  const names = properties.map((one) => one.name).join(", ") || "none";
  const detail = `provider ${provider} has no property ${JSON.stringify(name.slice(0, 100))}; it has ${names}: ${found.origin === "file" ? `add it to ${found.parts?.filePath ?? "provider.json"}` : `PATCH /api/v1/providers/${provider} adds one`}`;
  throw new HookyardError("not_found", detail);
}

/** The properties in the current definition; if that is broken, those of the last working version. */
const propertiesOf = ({ parts, value: used }: InstalledProvider) =>
  parts?.file.properties ?? used?.properties ?? [];

function assertAdminForSecret(caller: Caller, isSecret: boolean, property: string): void {
  if (!isSecret) return;
  const asking = `the secret property ${JSON.stringify(property)} needs`;
  assertMay(caller, "admin", `${asking}; use another token, or have an administrator set it`);
}
