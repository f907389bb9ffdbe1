/**
 * The part of a message that a `when` condition reads: its head and the size of its body. Each part is computed once,
 * when first read.
 */
import { messageSegments } from "./event.ts";
import { foldedHeaders, type Message } from "./message.ts";

export class RequestHead {
  readonly #message: Pick<Message, "method" | "path" | "basePath">;
  readonly #lower = new Map<string, string>();
  #segments: readonly string[] | undefined;
  #contentTypes: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Size of the body as received. */
  readonly bodyBytes: number;

  constructor(
    message: Pick<Message, "method" | "path" | "basePath" | "headers">,
    bodyBytes: number,
  ) {
    this.#message = message;
    this.headers = foldedHeaders(message);
    this.bodyBytes = bodyBytes;
  }

  get method(): string {
    return this.#message.method;
  }

  /** The decoded segments of the URI. */
  get segments(): readonly string[] {
    this.#segments ??= messageSegments(this.#message);
    return this.#segments;
  }

  /** In lower case and without parameters; several if the header was sent more than once. */
  get contentTypes(): readonly string[] {
    this.#contentTypes ??= (this.headers["content-type"] ?? "")
      .toLowerCase()
      .split(",")
      .map((type) => type.split(";", 1).join("").trim())
      .filter((type) => type !== "");
    return this.#contentTypes;
  }

  /** The value of a header that is present, in lower case. */
  lowerCase(name: string): string {
    const known = this.#lower.get(name);
    if (known !== undefined) return known;
    const value = (this.headers[name] ?? "").toLowerCase();
    this.#lower.set(name, value);
    return value;
  }
}
