/** Compares answers of the API with its description, so that each test that calls the API checks both. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Answer>> };
}

interface Operation {
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>;
}

interface Answer {
  readonly content?: Readonly<Record<string, object>>;
}

/** `paths./api/v1/messages.get` as a JSON pointer into the document (RFC 6901). */
const pointer = (...keys: readonly string[]) =>
  keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

export class ApiDescription {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #patterns;

  constructor(document: object) {
    this.#document = document as Document;
    addFormats.default(this.#ajv);
    // `openapi.test.ts` checks the document itself.
    this.#ajv.addSchema(document, "api", undefined, false);
    // Fixed paths are tried before those with parameters, as a server does.
    this.#patterns = Object.keys(this.#document.paths)
      .toSorted((a, b) => a.split("{").length - b.split("{").length)
      .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`) }));
  }

  /** Throws when the description lacks this answer, or when the body differs from its schema. */
  async check(method: string, path: string, response: Response): Promise<void> {
    const { status } = response;
    const found = this.#patterns.find(({ pattern }) => pattern.test(path))?.path ?? "";
    const operation = this.#document.paths[found]?.[method.toLowerCase()];
    // Answers without a body, and refusals of unknown paths and methods, have no schema.
    if (status === 304 || method === "HEAD") return;
    if (operation === undefined && (status === 404 || status === 405)) return;
    const kind = kindOf(operation, status);
    if (kind === undefined)
      throw new Error(`the description does not list ${status} of ${method} ${path}`);
    const { at, content = {} } = this.#answer(found, method, kind);
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    if (!isDescribed(type, content))
      throw new Error(`${method} ${path} ${status}: the description has no ${type} there`);
    if (!hasSchema(content[type]) || !type.endsWith("json")) return;
    const place = `${at}${pointer("content", type, "schema")}`;
    const problems = this.#problems(place, await response.clone().json());
    if (problems !== undefined)
      throw new Error(`${method} ${path} ${status} is not as described: ${problems}`);
  }

  /** The answer as described, and where it stands: in the operation or among the components. */
  #answer(path: string, method: string, kind: string): Answer & { readonly at: string } {
    const { paths, components } = this.#document;
    const operation = method.toLowerCase();
    const answer = paths[path]?.[operation]?.responses[kind];
    if (answer === undefined || !("$ref" in answer))
      return { ...answer, at: pointer("paths", path, operation, "responses", kind) };
    const name = answer.$ref.split("/").at(-1) ?? "";
    return { ...components.responses[name], at: pointer("components", "responses", name) };
  }

  #problems(at: string, value: unknown): string | undefined {
    const validate = this.#validator(at);
    return validate(value) ? undefined : JSON.stringify(validate.errors?.slice(0, 5), undefined, 1);
  }

  #validator(at: string): ValidateFunction {
    const known = this.#compiled.get(at) ?? this.#ajv.compile({ $ref: `api#${encodeURI(at)}` });
    this.#compiled.set(at, known);
    return known;
  }
}

/** Undefined for a refusal that an operation does not list: `default` is for what is no fault of the caller. */
function kindOf(operation: Operation | undefined, status: number): string | undefined {
  if (operation === undefined) return undefined;
  if (String(status) in operation.responses) return String(status);
  return status >= 400 && status < 500 ? undefined : "default";
}

const hasSchema = (media: object | undefined) => media !== undefined && "schema" in media;

const isDescribed = (type: string, content: Readonly<Record<string, object>>) =>
  type in content || "*/*" in content || Object.keys(content).length === 0;
