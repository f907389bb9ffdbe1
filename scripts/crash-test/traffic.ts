/**
 * Senders, each on its own connection: they send new deliveries, some of them twice, and repeat deliveries that got no
 * promise.
 */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { URIS } from "./installation.ts";
import type { Delivery, Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";

const AGAIN = 0.3;
const DUPLICATE = 0.1;
/** A duplicate follows soon, possibly while the first is still on its way. */
const RECENT = 30;
const PAUSE_MS = 40;
const ANSWER_WITHIN_MS = 15_000;

export interface TrafficDeps {
  readonly url: string;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly connections: number;
  /** Prefix of the delivery ids of this life. */
  readonly prefix: string;
  /** Called when the head of an answer with a promise has arrived. */
  readonly onPromise: () => void;
}

export interface Traffic {
  /** Stops sending; resolves once the last answer has arrived or the server is gone. */
  stop(): Promise<void>;
}

export function startTraffic(deps: TrafficDeps): Traffic {
  const ending = new AbortController();
  const senders = Array.from({ length: deps.connections }, (_, index) =>
    sendOn(index, deps, ending.signal),
  );
  return {
    stop: async () => {
      ending.abort();
      await Promise.all(senders);
    },
  };
}

async function sendOn(connection: number, deps: TrafficDeps, ending: AbortSignal): Promise<void> {
  const random = deps.random.derive(`connection ${connection}`);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let count = 0; !ending.aborted; count++) {
    const id = `${deps.prefix}-${connection}-${count}`;
    await send(choose(id, random, deps.ledger), agent, deps);
    await sleep(random.between(0, PAUSE_MS), undefined, { signal: ending }).catch(() => undefined);
  }
  agent.destroy();
}

function choose(id: string, random: Random, ledger: Ledger): Delivery {
  const uri = random.pick(URIS) ?? "plain";
  const again = random.chance(AGAIN) ? ledger.unsettled() : undefined;
  if (again !== undefined) return again;
  const twice = random.chance(DUPLICATE)
    ? random.pick(ledger.deliveries.slice(-RECENT))
    : undefined;
  if (twice !== undefined) ledger.duplicates++;
  return twice ?? ledger.create(id, uri, random);
}

/** Resolves when the exchange is over, however it ended. */
function send(delivery: Delivery, agent: Agent, deps: TrafficDeps): Promise<void> {
  const { ledger, url, onPromise } = deps;
  const body = ledger.bodyOf(delivery);
  const { promise, resolve } = Promise.withResolvers<void>();
  const headers = {
    "x-delivery": delivery.id,
    "content-type": "application/octet-stream",
    "content-length": body.length,
    ...(delivery.sync ? { "flex-sync-webhook": "true" } : {}),
  };
  let isAnswered = false;
  ledger.requests++;
  const exchange = request(`${url}/webhooks/v1/${delivery.uri}`, {
    method: "POST",
    agent,
    headers,
  });
  exchange
    .setTimeout(ANSWER_WITHIN_MS, () => exchange.destroy())
    // From here on the promise counts, even if the rest of the answer is lost.
    .on("response", (response) => {
      isAnswered = true;
      const messageId = response.headers.location?.split("/").at(-1);
      ledger.answered(delivery, response.statusCode ?? 0, messageId);
      if (messageId !== undefined) onPromise();
      response.on("error", () => undefined).resume();
    })
    .on("error", () => undefined)
    .on("close", () => {
      if (!isAnswered) ledger.lost(delivery);
      resolve();
    })
    .end(body);
  return promise;
}
