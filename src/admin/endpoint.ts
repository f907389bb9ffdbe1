/**
 * One call of the HTTP API in one value: its path, permission, request and responses. The schemas check requests, type
 * the responses, and generate the OpenAPI description.
 */
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import type { ErrorCode } from "../errors.ts";
import type { Caller, Permission } from "../model/permission.ts";
import type { EventStream } from "./event-stream.ts";
import type { JsonPath } from "./json-text.ts";
import type { TokenLife } from "./token-watch.ts";

/** A list is several headers of the same name. */
type Headers = Readonly<Record<string, string | string[]>>;

/** A response a call may give. Without a schema it has no body; `"bytes"` is a download or a page. */
export interface AnswerKind {
  readonly description: string;
  readonly schema?: z.ZodType | "bytes" | "events";
  /** The media type of the bytes, if it is always the same. */
  readonly mediaType?: string;
}
export type AnswerKinds = Readonly<Record<number, AnswerKind>>;

/** Request headers with a meaning of their own for some calls. */
export type RequestHeader = "flex-sync-webhook" | "if-match" | "last-event-id";

export const isBodyOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

/** Server-sent events: starts sending on `out`, and returns the cleanup for when the caller disconnects. */
export type Stream = (out: EventStream) => Disposable;

/** JSON by the schema of the status, bytes with their headers, or events. */
export type Answer<Kinds extends AnswerKinds> = {
  [Status in keyof Kinds & number]: {
    readonly status: Status;
    readonly headers?: Headers;
  } & (Kinds[Status] extends { readonly schema: infer Schema }
    ? Schema extends z.ZodType
      ? { readonly body: z.input<Schema> }
      : Schema extends "events"
        ? { readonly stream: Stream }
        : { readonly bytes: Uint8Array }
    : unknown);
}[keyof Kinds & number];

/** The checked input of a call. */
export interface CallInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly header: (name: string) => string | undefined;
  /** For a sign-in: the address, the cookies and the origin of the caller. */
  readonly request: Pick<IncomingMessage, "headers" | "socket">;
  /** Aborted when the caller disconnects. */
  readonly signal: AbortSignal;
  /** Watches the token for work that goes on during or after the answer. Must be disposed. */
  readonly watchToken: () => TokenLife;
  /** Throws `unauthorized` if the token has ended; for a step that must not be taken then. */
  readonly assertToken: () => void;
}

interface Definition<Params, Query, Body, Kinds extends AnswerKinds> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Below `/api/v1`, in the syntax of Express: `/messages/:id`. */
  readonly path: `/${string}`;
  /**
   * `"any"`: any token or session may make the call. `"public"` needs none: only for content that is the same on every
   * installation, and to sign in.
   */
  readonly permission: Permission | "any" | "public";
  /** The name of the call in generated clients: `listMessages`. It does not change. */
  readonly operationId: string;
  /** One sentence for the OpenAPI description. */
  readonly summary: string;
  /** Further description in Markdown. */
  readonly description?: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** If it accepts `undefined`, the call may have no body. */
  readonly body?: z.ZodType<Body>;
  /** Bodies for the description, by name. */
  readonly examples?: Readonly<Record<string, object>>;
  /** Request headers that the handler reads. */
  readonly reads?: readonly RequestHeader[];
  /** Why the handler refuses a request that the schemas allow. */
  readonly refuses?: readonly ErrorCode[];
  /** Values of the JSON body that are kept as the text that was sent. */
  readonly textAt?: readonly JsonPath[];
  /** Limit of the JSON body in bytes; 100 KiB by default. */
  readonly maxBodyBytes?: number;
  /** The handler reacts to the end of its token itself. Otherwise the call is refused as soon as the token ends. */
  readonly handlesTokenEnd?: boolean;
  readonly answers: Kinds;
  readonly handle: (
    input: CallInput<Params, Query, Body>,
  ) => Answer<NoInfer<Kinds>> | Promise<Answer<NoInfer<Kinds>>>;
}

/** A call with its type parameters erased; `endpoint` has checked them. */
export type Endpoint = Omit<Definition<unknown, unknown, unknown, AnswerKinds>, "handle"> & {
  readonly handle: (input: CallInput<never, never, never>) => unknown;
};

export const endpoint = <
  const Kinds extends AnswerKinds,
  Params = unknown,
  Query = unknown,
  Body = unknown,
>(
  definition: Definition<Params, Query, Body, Kinds>,
): Endpoint => definition;
