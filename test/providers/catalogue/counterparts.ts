/** Independent libraries, by the senders or by other authors, that sign or verify requests of the providers. */
import { LinearWebhookClient } from "@linear/sdk/webhooks";
import { sign as signGitHub, verify as verifyGitHub } from "@octokit/webhooks-methods";
import { EventWebhook } from "@sendgrid/eventwebhook";
import "@shopify/shopify-api/adapters/node";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import { verifyKey } from "discord-interactions";
import { jwtVerify, SignJWT } from "jose";
import { verifySlackRequest } from "slack-edge";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
import twilio from "twilio";
import { WhatsAppAPI } from "whatsapp-api-js";
import type { SampleRequest } from "../../../src/catalogue/sample.ts";

/** The request of a sample, signed with the current time. */
export interface Sent {
  readonly request: SampleRequest;
  /** The key for verification: the shared secret or the public key. */
  readonly secret: string;
}

export interface Counterpart {
  /** Name of the npm package, as in `about.json`. */
  readonly package: string;
  /** Name of the sample whose request is signed. */
  readonly sample: string;
  /** The headers of the signature. */
  readonly sign?: (sent: Sent) => Promise<Readonly<Record<string, string>>>;
  readonly verify?: (sent: Sent) => Promise<boolean>;
}

const textOf = ({ body }: SampleRequest) => body.toString();
const secondsOf = ({ receivedAt }: SampleRequest) => Math.floor(receivedAt / 1000);

const header = ({ headers }: SampleRequest, wanted: string) =>
  headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1] ?? "";

const headersOf = ({ headers }: SampleRequest) =>
  Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));

/** For libraries that throw instead of returning false. */
const passes = async (check: () => unknown): Promise<boolean> => {
  try {
    return (await check()) !== false;
  } catch {
    return false;
  }
};

const addressOf = ({ publicUrl, uri, query }: SampleRequest) =>
  `${publicUrl}/webhooks/v1/${uri}${query === "" ? "" : `?${query}`}`;

const fieldsOf = (request: SampleRequest) =>
  Object.fromEntries(new URLSearchParams(textOf(request)));

/** Standard Webhooks by two libraries, whose header names differ. */
function standard(brand: "webhook" | "svix", sample: string): Counterpart {
  const Webhook = brand === "svix" ? SvixWebhook : StandardWebhook;
  return {
    package: brand === "svix" ? "svix" : "standardwebhooks",
    sample,
    sign: async ({ request, secret }) => {
      const id = header(request, `${brand}-id`);
      const at = new Date(secondsOf(request) * 1000);
      return { [`${brand}-signature`]: new Webhook(secret).sign(id, at, textOf(request)) };
    },
    verify: ({ request, secret }) =>
      passes(() => {
        new Webhook(secret).verify(textOf(request), headersOf(request));
      }),
  };
}

const stripe = new Stripe("sk_test_for_signatures_only");

const shopify = (apiSecretKey: string) =>
  shopifyApi({
    apiSecretKey,
    apiKey: "key",
    hostName: "hooks.example.org",
    isEmbeddedApp: false,
    apiVersion: Object.values(ApiVersion)[0] ?? ApiVersion.Unstable,
    scopes: [],
    logger: { log: () => undefined },
  });

/** A JWT as Netlify and others sign it, by a general JWT library. */
function token(sample: string, name: string, claims: (hash: string) => object): Counterpart {
  const key = (secret: string) => new TextEncoder().encode(secret);
  const hashOf = async (request: SampleRequest) => {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(textOf(request)));
    return Buffer.from(bytes).toString("hex");
  };
  return {
    package: "jose",
    sample,
    sign: async ({ request, secret }) => ({
      [name]: await new SignJWT({ ...claims(await hashOf(request)) })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime(secondsOf(request) + 60)
        .sign(key(secret)),
    }),
    verify: ({ request, secret }) =>
      passes(async () => {
        const { payload } = await jwtVerify(header(request, name), key(secret), {
          algorithms: ["HS256"],
        });
        return Object.values(payload).includes(await hashOf(request));
      }),
  };
}

/** HMAC-SHA256 in hexadecimal digits by the library for GitHub. Relatives of GitHub send it without `sha256=`. */
function likeGitHub(sample: string, name: string, { isBare = false } = {}): Counterpart {
  const prefix = "sha256=";
  return {
    package: "@octokit/webhooks-methods",
    sample,
    sign: async ({ request, secret }) => {
      const signature = await signGitHub(secret, textOf(request));
      return { [name]: isBare ? signature.slice(prefix.length) : signature };
    },
    verify: ({ request, secret }) => {
      const signature = `${isBare ? prefix : ""}${header(request, name)}`;
      return passes(() => verifyGitHub(secret, textOf(request), signature));
    },
  };
}

export const COUNTERPARTS: readonly Counterpart[] = [
  likeGitHub("github/push", "X-Hub-Signature-256"),
  likeGitHub("gitea/push", "X-Gitea-Signature", { isBare: true }),
  likeGitHub("gogs/push", "X-Gogs-Signature", { isBare: true }),
  likeGitHub("bitbucket-server/push", "X-Hub-Signature"),
  {
    package: "stripe",
    sample: "stripe/event-two-signatures",
    sign: async ({ request, secret }) => ({
      "Stripe-Signature": stripe.webhooks.generateTestHeaderString({
        payload: textOf(request),
        secret,
        timestamp: secondsOf(request),
      }),
    }),
    verify: ({ request, secret }) =>
      passes(() => {
        stripe.webhooks.constructEvent(
          textOf(request),
          header(request, "stripe-signature"),
          secret,
        );
      }),
  },
  standard("webhook", "standard-webhooks/official-vector"),
  standard("svix", "standard-webhooks/svix"),
  standard("webhook", "gitlab/push-signed"),
  {
    package: "twilio",
    sample: "twilio/call",
    sign: async ({ request, secret }) => ({
      "X-Twilio-Signature": twilio.getExpectedTwilioSignature(
        secret,
        addressOf(request),
        fieldsOf(request),
      ),
    }),
    verify: async ({ request, secret }) =>
      twilio.validateRequest(
        secret,
        header(request, "x-twilio-signature"),
        addressOf(request),
        fieldsOf(request),
      ),
  },
  {
    package: "slack-edge",
    sample: "slack/event",
    verify: ({ request, secret }) =>
      verifySlackRequest(secret, new Headers(headersOf(request)), textOf(request)),
  },
  {
    package: "discord-interactions",
    sample: "discord/command",
    verify: ({ request, secret }) =>
      passes(() =>
        verifyKey(
          textOf(request),
          header(request, "x-signature-ed25519"),
          header(request, "x-signature-timestamp"),
          secret,
        ),
      ),
  },
  {
    package: "@sendgrid/eventwebhook",
    sample: "sendgrid/official-vector",
    verify: ({ request, secret }) =>
      passes(() => {
        const webhook = new EventWebhook();
        return webhook.verifySignature(
          webhook.convertPublicKeyToECDSA(secret),
          textOf(request),
          header(request, "x-twilio-email-event-webhook-signature"),
          header(request, "x-twilio-email-event-webhook-timestamp"),
        );
      }),
  },
  {
    package: "@linear/sdk",
    sample: "linear/issue",
    verify: ({ request, secret }) =>
      passes(() => {
        const client = new LinearWebhookClient(secret);
        const body = Buffer.from(request.body);
        const { webhookTimestamp } = JSON.parse(body.toString());
        return client.verify(body, header(request, "linear-signature"), webhookTimestamp);
      }),
  },
  {
    package: "@shopify/shopify-api",
    sample: "shopify/order",
    verify: async ({ request, secret }) => {
      const rawRequest = { method: request.method, headers: headersOf(request) };
      const validity = await shopify(secret).webhooks.validate({
        rawBody: textOf(request),
        rawRequest,
      });
      return validity.valid;
    },
  },
  {
    package: "whatsapp-api-js",
    // The library only supports JSON with all non-ASCII characters escaped.
    sample: "meta/signed-escaped",
    verify: ({ request, secret }) =>
      passes(() => {
        const api = new WhatsAppAPI({ token: "token", appSecret: secret, webhookVerifyToken: "t" });
        return api.verifyRequestSignature(textOf(request), header(request, "x-hub-signature-256"));
      }),
  },
  token("netlify/deploy", "X-Webhook-Signature", (sha256) => ({ iss: "netlify", sha256 })),
  token("jwt/everything", "X-Token", (body) => ({ iss: "acme", aud: ["us"], body })),
];
