/** The message scripts are run on, on the host's side of the isolate: exact bytes, and what scripts may ask about them. */
import { bytesToText } from "../text-codec.ts";
import {
  excerptPayload,
  type PayloadExcerpt,
  SURELY_WHOLE_BYTES,
} from "./excerpt/payload-excerpt.ts";
import { headerSpellings } from "./header-spellings.ts";
import type { Spelling } from "./spelling.ts";
import type { SignedRequest } from "./verify/verify.ts";

/** A script may verify with any number of headers. */
const MAX_PROOFS = 16;

export class ScriptRequest {
  readonly #head: string;
  body: Buffer;
  #decoded: Buffer | undefined;
  #headerText: Buffer;
  #isKept = false;
  readonly #judgedAt: number;
  #signed: SignedRequest | undefined;
  #spelled: { readonly names: string; readonly spellings: readonly Spelling[] } | undefined;
  /** Names, in lower case, of headers that scripts have verified it with. */
  readonly #proofs = new Set<string>();
  #excerpt: { readonly made: PayloadExcerpt | undefined } | undefined;

  /** `parts`: the event's JSON, the header list's JSON, the body, the decoded body if it differs. */
  constructor(parts: readonly Buffer[], judgedAt: number) {
    this.#head = parts[0]?.toString("utf8") ?? "{}";
    this.#headerText = parts[1] ?? Buffer.from("[]");
    this.body = parts[2] ?? Buffer.alloc(0);
    this.#decoded = parts[3];
    this.#judgedAt = judgedAt;
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
    this.body = Buffer.from(this.body);
    this.#decoded = this.#decoded && Buffer.from(this.#decoded);
    this.#signed = undefined;
  }

  /** A script verifies it with this header: from now on its value is a secret. */
  noteProof(name: string): void {
    if (this.#proofs.size < MAX_PROOFS) this.#proofs.add(name.toLowerCase());
  }

  /** Headers that scripts have verified it with, and that are not among the `known` ones. */
  newProofs(known: readonly string[] = []): readonly string[] {
    if (this.#proofs.size === 0) return [];
    const { headers } = this.signed();
    return [...this.#proofs].filter((name) => headers.has(name) && !known.includes(name));
  }

  /** The texts that the values of its secret headers are made of: `known` ones, and those it was verified with. */
  headerSpellings(known: readonly string[] = []): readonly Spelling[] {
    const secret = new Set([...known, ...this.#proofs]);
    if (secret.size === 0) return [];
    const names = [...secret].join();
    if (this.#spelled?.names !== names)
      this.#spelled = { names, spellings: headerSpellings(this.signed().headers, secret) };
    return this.#spelled.spellings;
  }

  /** Of the larger one of the two bodies. */
  get bodyBytes(): number {
    return Math.max(this.body.length, this.#decoded?.length ?? 0);
  }

  /** There may be an excerpt of the payload; finding out takes as long as making it. */
  get mayHaveExcerpt(): boolean {
    return this.bytes(true).length > SURELY_WHOLE_BYTES;
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
    return decoded ? (this.#decoded ?? this.body) : this.body;
  }

  /** Made only when a script verifies: most runs never do. */
  signed(): SignedRequest {
    this.#signed ??= {
      headers: groupHeaders(JSON.parse(this.#headerText.toString("utf8"))),
      body: this.body,
      judgedAt: this.#judgedAt,
      line: () => JSON.parse(this.#head),
      ...(this.#decoded === undefined ? {} : { decodedBody: this.#decoded }),
    };
    return this.#signed;
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
