/** The message scripts are run on, on the host's side of the isolate: exact bytes, and what scripts may ask about them. */

import { bytesToText } from "../../model/text-codec.ts";
import type { SignedRequest } from "../../verify/verify.ts";
import type { StoredBodies } from "../wire/protocol.ts";
import {
  excerptPayload,
  type PayloadExcerpt,
  SURELY_WHOLE_BYTES,
} from "./excerpt/payload-excerpt.ts";
import { headerSpellings } from "./header-spellings.ts";
import { BodyInFile, BodyInMemory, type ReceivedBody } from "./received-body.ts";
import type { Spelling } from "./spelling.ts";

/** Of one report. A script may verify with any number of headers. */
const MAX_PROOFS = 16;

/** A message as main gives it. */
export interface ReceivedMessage {
  /** The event's JSON, the header list's JSON, and of a small message the body and the decoded body if it differs. */
  readonly parts: readonly Buffer[];
  readonly judgedAt: number;
  /** Of a large message. */
  readonly stored?: StoredBodies | undefined;
}

export class ScriptRequest {
  readonly #head: string;
  #body: ReceivedBody;
  #decoded: ReceivedBody | undefined;
  #headerText: Buffer;
  #isKept = false;
  readonly #judgedAt: number;
  #headers: SignedRequest["headers"] | undefined;
  #spelled: { readonly names: string; readonly spellings: readonly Spelling[] } | undefined;
  /** Names, in lower case, of its headers that scripts have verified it with, the last one at the end. */
  readonly #proofs = new Set<string>();
  #excerpt: { readonly made: PayloadExcerpt | undefined } | undefined;

  constructor({ parts, judgedAt, stored }: ReceivedMessage) {
    const [head, headers, body, decoded] = parts;
    this.#head = head?.toString("utf8") ?? "{}";
    this.#headerText = headers ?? Buffer.from("[]");
    this.#body =
      stored === undefined
        ? new BodyInMemory(body ?? Buffer.alloc(0))
        : new BodyInFile(stored.body);
    if (decoded !== undefined) this.#decoded = new BodyInMemory(decoded);
    if (stored?.decodedBody !== undefined) this.#decoded = new BodyInFile(stored.decodedBody);
    this.#judgedAt = judgedAt;
  }

  get body(): Buffer {
    return this.#body.bytes();
  }

  /** The event's JSON, with further keys: JSON that has at least one. */
  head(further: Buffer | undefined): string {
    if (further === undefined) return this.#head;
    return `${this.#head.slice(0, -1)},${further.toString("utf8", 1)}`;
  }

  /** For a run that waits: a part is a view into a chunk of the pipe, which it would keep alive. */
  keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.#headerText = Buffer.from(this.#headerText);
    this.#body = this.#body.kept();
    this.#decoded = this.#decoded?.kept();
  }

  /**
   * A script verifies it with this header: from now on its value is a secret. As many as the message has: a script that is
   * asked before another must not use up what may be noted.
   */
  noteProof(name: string): void {
    const key = name.toLowerCase();
    if (!this.#groupedHeaders().has(key)) return;
    this.#proofs.delete(key);
    this.#proofs.add(key);
  }

  /**
   * Headers that scripts have verified it with, and that are not among the `known` ones. The last ones come first: the
   * script that was asked last is the one that may have claimed the message.
   */
  newProofs(known: readonly string[] = []): readonly string[] {
    if (this.#proofs.size === 0) return [];
    const names = [...this.#proofs].filter((name) => !known.includes(name));
    return names.reverse().slice(0, MAX_PROOFS);
  }

  /** The texts that the values of its secret headers are made of: `known` ones, and those it was verified with. */
  headerSpellings(known: readonly string[] = []): readonly Spelling[] {
    const secret = new Set([...known, ...this.#proofs]);
    if (secret.size === 0) return [];
    const names = [...secret].join();
    if (this.#spelled?.names !== names)
      this.#spelled = { names, spellings: headerSpellings(this.#groupedHeaders(), secret) };
    return this.#spelled.spellings;
  }

  /** Of the larger one of the two bodies. */
  get bodyBytes(): number {
    return Math.max(this.#body.size, this.#decoded?.size ?? 0);
  }

  /** There may be an excerpt of the payload; finding out takes as long as making it. */
  get mayHaveExcerpt(): boolean {
    return this.size(true) > SURELY_WHOLE_BYTES;
  }

  /** Of the payload, for match scripts; undefined where they can parse the body themselves. Made once. */
  excerpt(): PayloadExcerpt | undefined {
    this.#excerpt ??= {
      made: excerptPayload(this.bytes(true), JSON.parse(this.#head).contentType),
    };
    return this.#excerpt.made;
  }

  text(decoded: boolean): string {
    return bytesToText(this.bytes(decoded));
  }

  bytes(decoded: boolean): Buffer {
    return this.#source(decoded).bytes();
  }

  size(decoded: boolean): number {
    return this.#source(decoded).size;
  }

  /** Its bodies are read when a scheme asks for them. */
  signed(): SignedRequest {
    const [body, decoded] = [this.#body, this.#decoded];
    return {
      headers: this.#groupedHeaders(),
      get body() {
        return body.bytes();
      },
      get decodedBody() {
        return decoded?.bytes();
      },
      judgedAt: this.#judgedAt,
      line: () => JSON.parse(this.#head),
    };
  }

  #source(decoded: boolean): ReceivedBody {
    return decoded ? (this.#decoded ?? this.#body) : this.#body;
  }

  /** Made only when a script verifies: most runs never do. */
  #groupedHeaders(): SignedRequest["headers"] {
    this.#headers ??= groupHeaders(JSON.parse(this.#headerText.toString("utf8")));
    return this.#headers;
  }
}

function groupHeaders(
  list: readonly (readonly [string, string])[],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of list) {
    const key = name.toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
