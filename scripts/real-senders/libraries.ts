/** Libraries that sign or send: a small script in `programs/` uses each as its documentation shows. */
import { program, run } from "./process.ts";
import { SECRET, type Sender } from "./sender.ts";

/** The secret of Standard Webhooks is Base64. */
const ENCODED = `whsec_${Buffer.from(SECRET).toString("base64")}`;

function library(
  name: string,
  sender: Pick<Sender, "packages" | "provider" | "properties" | "messages">,
  secret: string,
): Sender {
  return {
    name,
    ...sender,
    run: ({ folder, url }) =>
      run({
        cwd: folder,
        args: [program(name, folder), name],
        environment: { HOOK_URL: url, HOOK_SECRET: secret },
      }),
  };
}

export const stripe = library(
  "stripe",
  {
    packages: ["stripe@23.1.0"],
    provider: "stripe",
    properties: { STRIPE_WEBHOOK_SECRET: SECRET },
    messages: 1,
  },
  SECRET,
);

export const svix = library(
  "svix",
  {
    packages: ["svix@2.5.0"],
    provider: "standard-webhooks",
    properties: { STANDARD_WEBHOOKS_SECRET: ENCODED },
    messages: 1,
  },
  ENCODED,
);

export const standardWebhooks = library(
  "standardwebhooks",
  {
    packages: ["standardwebhooks@1.1.1"],
    provider: "standard-webhooks",
    properties: { STANDARD_WEBHOOKS_SECRET: ENCODED },
    messages: 1,
  },
  ENCODED,
);

export const cloudEvents = library(
  "cloudevents",
  {
    packages: ["cloudevents@10.0.0"],
    provider: "cloudevents",
    properties: { CLOUDEVENTS_TOKEN: SECRET },
    messages: 4,
  },
  SECRET,
);
