/** Sends generated calls to a real server, and judges the answers by the description. */
import fc from "fast-check";
import { ApiDescription } from "../../support/api-description.ts";
import { type Call, Description, type Document } from "./description.ts";
import { allowedRequests, type GeneratedRequest, refusedRequests } from "./requests.ts";
import { type KnownValues, Values } from "./values.ts";

export interface Target {
  readonly url: string;
  readonly token: string;
  readonly known: KnownValues;
}

export interface Plan {
  readonly seed: number;
  readonly runs: number;
}

export class Explorer {
  readonly calls: readonly Call[];
  readonly #target: Target;
  readonly #description: Description;
  readonly #answers: ApiDescription;
  readonly #values: Values;
  #sent = 0;

  private constructor(document: Document, target: Target) {
    this.#target = target;
    this.#description = new Description(document);
    this.#answers = new ApiDescription(document);
    this.#values = new Values(this.#description, target.known);
    // Senders may send anything, and get what a function answers.
    this.calls = this.#description.calls.filter(({ path }) => !path.endsWith("/{uri}"));
  }

  static async open(target: Target): Promise<Explorer> {
    const response = await fetch(`${target.url}/api/v1/openapi.json`);
    return new Explorer((await response.json()) as Document, target);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Throws with the smallest request that the description allows and the server calls a bad one, or fails on. */
  async checkAllowed(call: Call, { seed, runs }: Plan): Promise<void> {
    const property = fc.asyncProperty(allowedRequests(call, this.#values), async (request) => {
      const status = await this.send(request);
      if (status === 400 || status >= 500) throw new Error(`is allowed, and answered ${status}`);
    });
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: true });
  }

  /** Throws with the smallest request that the description does not allow and the server carries out. */
  async checkRefused(call: Call, { seed, runs }: Plan): Promise<void> {
    const requests = refusedRequests(call, this.#values, this.#description);
    if (requests === undefined) return;
    const property = fc.asyncProperty(requests, async (request) => {
      const status = await this.send(request);
      if (status < 300 || status >= 500) throw new Error(`is not allowed, and answered ${status}`);
    });
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: true });
  }

  /** The status. Throws if the answer is not as described. */
  async send(request: GeneratedRequest, token?: string): Promise<number> {
    return (await this.call(request, token)).status;
  }

  /** The same, with the JSON of the answer if it has one. */
  async call(
    { method, path, body }: GeneratedRequest,
    token = this.#target.token,
  ): Promise<{ readonly status: number; readonly json?: unknown }> {
    this.#sent += 1;
    const leaving = new AbortController();
    const response = await fetch(this.#target.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: leaving.signal,
      ...(body === undefined ? {} : { body }),
    });
    const { status } = response;
    const type = response.headers.get("content-type") ?? "";
    await this.#answers.check(method, new URL(response.url).pathname, response);
    if (type.startsWith("text/event-stream")) {
      leaving.abort();
      return { status };
    }
    const text = await response.text();
    return type.startsWith("application/json") ? { status, json: JSON.parse(text) } : { status };
  }
}
