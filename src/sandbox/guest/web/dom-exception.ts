/** The error that web functions throw. */
import { isObject, toText } from "./conversion.ts";
import { finishClass } from "./platform-class.ts";

/** Error names by code, from 1. Codes without a name exist as constants only. */
const NAMES =
  "IndexSizeError,,HierarchyRequestError,WrongDocumentError,InvalidCharacterError,,NoModificationAllowedError,NotFoundError,NotSupportedError,InUseAttributeError,InvalidStateError,SyntaxError,InvalidModificationError,NamespaceError,InvalidAccessError,,TypeMismatchError,SecurityError,NetworkError,AbortError,URLMismatchError,QuotaExceededError,TimeoutError,InvalidNodeTypeError,DataCloneError".split(
    ",",
  );
const CONSTANTS =
  "INDEX_SIZE,DOMSTRING_SIZE,HIERARCHY_REQUEST,WRONG_DOCUMENT,INVALID_CHARACTER,NO_DATA_ALLOWED,NO_MODIFICATION_ALLOWED,NOT_FOUND,NOT_SUPPORTED,INUSE_ATTRIBUTE,INVALID_STATE,SYNTAX,INVALID_MODIFICATION,NAMESPACE,INVALID_ACCESS,VALIDATION,TYPE_MISMATCH,SECURITY,NETWORK,ABORT,URL_MISMATCH,QUOTA_EXCEEDED,TIMEOUT,INVALID_NODE_TYPE,DATA_CLONE".split(
    ",",
  );

const { defineProperty, deleteProperty } = Reflect;
const { captureStackTrace } = Error;

export class DOMException extends Error {
  readonly #name: string;
  readonly #message: string;

  constructor(message: unknown = "", options: unknown = "Error") {
    const text = toText(message);
    super(text);
    this.#message = text;
    const details = isObject(options) && typeof options === "object" ? options : undefined;
    this.#name = toText(details === undefined ? options : Reflect.get(details, "name"));
    if (details !== undefined && "cause" in details) {
      const value = details.cause;
      defineProperty(this, "cause", { value, writable: true, configurable: true });
    }
    captureStackTrace(this, new.target);
    // V8 builds the stack on first read, and takes the message from an own property only.
    Reflect.get(this, "stack");
    deleteProperty(this, "message");
  }

  override get name(): string {
    return this.#name;
  }

  override get message(): string {
    return this.#message;
  }

  get code(): number {
    return this.#name === "" ? 0 : NAMES.indexOf(this.#name) + 1;
  }
}

for (const [index, name] of CONSTANTS.entries()) {
  const constant = { value: index + 1, enumerable: true };
  for (const target of [DOMException, DOMException.prototype])
    defineProperty(target, `${name}_ERR`, constant);
}
finishClass(DOMException);
