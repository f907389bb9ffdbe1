/** What the generated calls read of an OpenAPI document. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly minProperties?: number;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly not?: Schema;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<
      Record<
        string,
        {
          readonly schema?: Schema;
          readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
        }
      >
    >;
  };
}

/** One call, with its body as JSON if it takes one. */
export interface Call {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly needsToken: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly isBodyRequired: boolean;
  readonly examples: readonly unknown[];
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export class Description {
  readonly calls: readonly Call[];
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false });
  readonly #compiled = new Map<Schema, ValidateFunction>();

  constructor(document: Document) {
    this.#document = absolute(document);
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.#document, "api", undefined, false);
    this.calls = Object.entries(this.#document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => callOf(path, method, operation)),
    );
  }

  resolved(schema: Schema): Schema {
    const name = schema.$ref?.split("/").at(-1);
    return name === undefined ? schema : (this.#document.components.schemas[name] ?? {});
  }

  allows(schema: Schema, value: unknown): boolean {
    const known = this.#compiled.get(schema) ?? this.#ajv.compile(schema);
    this.#compiled.set(schema, known);
    return known(value);
  }
}

/** With references that hold for a schema by itself too. */
const absolute = (document: Document): Document =>
  JSON.parse(JSON.stringify(document), (key, value) =>
    key === "$ref" && typeof value === "string" ? value.replace(/^#/, "api#") : value,
  );

function callOf(path: string, method: string, operation: Operation): Call {
  const { operationId: id, security, parameters = [], requestBody } = operation;
  const json = requestBody?.content["application/json"];
  return {
    id,
    method: method.toUpperCase(),
    path,
    // An empty alternative means that the call may be made without.
    needsToken: security.length > 0 && security.every((one) => Object.keys(one).length > 0),
    parameters,
    body: json?.schema,
    isBodyRequired: requestBody?.required === true,
    examples: Object.values(json?.examples ?? {}).map(({ value }) => value),
  };
}
