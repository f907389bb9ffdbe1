/** The programs, each in the version that was tried. */
import { cloudEvents, standardWebhooks, stripe, svix } from "./libraries.ts";
import { nodeRed } from "./node-red.ts";
import { parseServer } from "./parse-server.ts";
import type { Sender } from "./sender.ts";
import { unleash } from "./unleash.ts";
import { verdaccio } from "./verdaccio.ts";

export const SENDERS: readonly Sender[] = [
  stripe,
  svix,
  standardWebhooks,
  cloudEvents,
  verdaccio,
  nodeRed,
  unleash,
  parseServer,
];
