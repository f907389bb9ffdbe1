/** What proves the sender of a sample, so that it can be spoilt: at least one for every provider. */

export interface Proof {
  /** A sample that verifies. */
  readonly sample: string;
  /** The header that proves the sender; absent where the proof stands in the query or the body. */
  readonly header?: string;
  /** The text elsewhere in the request that proves the sender. */
  readonly token?: string;
  /** The property that holds what the sender must know. */
  readonly secret?: string;
  /** What stands before the signature; its letter case counts. */
  readonly prefix?: string;
  /** The header that vouches for the message where the other is missing. */
  readonly fallback?: string;
  /** The header holds a list, in which one right signature is enough. */
  readonly list?: true;
  /** False where nothing vouches for the body. */
  readonly signsBody?: false;
  /** The header that holds a signed time. */
  readonly timestamp?: string;
  /** How old the signed time may be, and how far ahead. */
  readonly toleranceSeconds?: number;
}

export const PROOFS: readonly Proof[] = [
  { sample: "forgejo/push", header: "X-Forgejo-Signature", fallback: "X-Gitea-Signature" },
  { sample: "forgejo/push-form", header: "X-Forgejo-Signature", fallback: "X-Gitea-Signature" },
  { sample: "forgejo/gitea-signature-only", header: "X-Gitea-Signature" },
  { sample: "gitea/push", header: "X-Gitea-Signature" },
  { sample: "gitea/push-form", header: "X-Gitea-Signature" },
  { sample: "gogs/push", header: "X-Gogs-Signature" },
  { sample: "gogs/push-form", header: "X-Gogs-Signature" },
  { sample: "github/push", header: "X-Hub-Signature-256", prefix: "sha256=" },
  {
    sample: "gitlab/push-signed",
    header: "webhook-signature",
    secret: "signingToken",
    list: true,
    prefix: "v1,",
    timestamp: "webhook-timestamp",
    toleranceSeconds: 300,
  },
  { sample: "gitlab/push-token", header: "X-Gitlab-Token", signsBody: false },
  { sample: "bitbucket-cloud/push", header: "X-Hub-Signature", prefix: "sha256=" },
  { sample: "bitbucket-server/push", header: "X-Hub-Signature", prefix: "sha256=" },
  {
    sample: "bitbucket-server/push-basic",
    header: "Authorization",
    secret: "password",
    signsBody: false,
  },
  { sample: "jira/issue-updated", header: "X-Hub-Signature", prefix: "sha256=" },
  { sample: "perfsee/bundle-finished", header: "X-Perfsee-Signature-256", prefix: "sha256=" },
  { sample: "calibre/snapshot-hex", header: "Calibre-HMAC-SHA256-Signature" },
  { sample: "calibre/snapshot-base64", header: "Calibre-HMAC-SHA256-Signature" },
  { sample: "hypertune/new-commit", header: "X-Hypertune-Signature" },
  {
    sample: "azure-devops/push-basic",
    header: "Authorization",
    secret: "password",
    signsBody: false,
  },
  {
    sample: "azure-devops/push-token",
    header: "X-Hookyard-Token",
    secret: "token",
    signsBody: false,
  },
  {
    sample: "slack/official-vector",
    header: "X-Slack-Signature",
    prefix: "v0=",
    timestamp: "X-Slack-Request-Timestamp",
    toleranceSeconds: 300,
  },
  {
    sample: "slack/event",
    header: "X-Slack-Signature",
    prefix: "v0=",
    timestamp: "X-Slack-Request-Timestamp",
    toleranceSeconds: 300,
  },
  {
    sample: "stripe/event-two-signatures",
    header: "Stripe-Signature",
    list: true,
    prefix: "v1=",
    toleranceSeconds: 300,
  },
  { sample: "pagerduty/incident", header: "X-PagerDuty-Signature", list: true, prefix: "v1=" },
  { sample: "circleci/workflow", header: "circleci-signature", list: true, prefix: "v1=" },
  { sample: "circleci/official-vector-1", header: "circleci-signature", list: true, prefix: "v1=" },
  {
    sample: "discord/command",
    header: "X-Signature-Ed25519",
    secret: "publicKey",
    timestamp: "X-Signature-Timestamp",
    toleranceSeconds: 300,
  },
  { sample: "linear/issue", header: "Linear-Signature", toleranceSeconds: 60 },
  { sample: "shopify/order", header: "X-Shopify-Hmac-SHA256" },
  { sample: "shopify/order-new-headers", header: "Shopify-Hmac-SHA256" },
  { sample: "sentry/issue", header: "Sentry-Hook-Signature" },
  { sample: "vercel/deployment", header: "x-vercel-signature" },
  { sample: "npm/publish", header: "x-npm-signature", prefix: "sha256=" },
  {
    sample: "standard-webhooks/official-vector",
    header: "webhook-signature",
    list: true,
    prefix: "v1,",
    timestamp: "webhook-timestamp",
    toleranceSeconds: 300,
  },
  {
    sample: "standard-webhooks/svix",
    header: "svix-signature",
    list: true,
    prefix: "v1,",
    timestamp: "svix-timestamp",
    toleranceSeconds: 300,
  },
  { sample: "teams/message", header: "Authorization", prefix: "HMAC " },
  { sample: "terraform/run", header: "X-TFE-Notification-Signature" },
  { sample: "netlify/deploy", header: "X-Webhook-Signature" },
  { sample: "twilio/call", header: "X-Twilio-Signature" },
  { sample: "twilio/official-vector", header: "X-Twilio-Signature" },
  { sample: "twilio/json", header: "X-Twilio-Signature" },
  {
    sample: "sendgrid/official-vector",
    header: "X-Twilio-Email-Event-Webhook-Signature",
    secret: "publicKey",
    timestamp: "X-Twilio-Email-Event-Webhook-Timestamp",
  },
  { sample: "square/payment", header: "x-square-hmacsha256-signature" },
  { sample: "square/official-vector", header: "x-square-hmacsha256-signature" },
  {
    sample: "zoom/meeting",
    header: "x-zm-signature",
    prefix: "v0=",
    timestamp: "x-zm-request-timestamp",
    toleranceSeconds: 300,
  },
  { sample: "meta/message", header: "X-Hub-Signature-256", prefix: "sha256=" },
  { sample: "meta/message-escaped", header: "X-Hub-Signature-256", prefix: "sha256=" },
  { sample: "x/post", header: "x-twitter-webhooks-signature", prefix: "sha256=" },
  { sample: "dropbox/change", header: "X-Dropbox-Signature" },
  { sample: "grafana/firing", header: "X-Grafana-Alerting-Signature" },
  {
    sample: "grafana/firing-with-time",
    header: "X-Sig",
    timestamp: "X-Time",
    toleranceSeconds: 300,
  },
  {
    sample: "grafana/firing-bearer",
    header: "Authorization",
    secret: "token",
    prefix: "Bearer ",
    signsBody: false,
  },
  {
    sample: "alertmanager/resolved",
    header: "Authorization",
    secret: "token",
    prefix: "Bearer ",
    signsBody: false,
  },
  {
    sample: "alertmanager/resolved-basic",
    header: "Authorization",
    secret: "password",
    signsBody: false,
  },
  {
    sample: "datadog/alert",
    header: "X-Hookyard-Datadog-Token",
    secret: "token",
    signsBody: false,
  },
  { sample: "docker-hub/push", token: "0f1e2d3c4b", secret: "token", signsBody: false },
  {
    sample: "microsoft-graph/updated",
    token: "a long random state",
    secret: "clientState",
    signsBody: false,
  },
  { sample: "azure-event-grid/event", token: "0f1e2d3c4b", secret: "token", signsBody: false },
  {
    sample: "azure-event-grid/event-header",
    header: "X-Hookyard-Token",
    secret: "token",
    signsBody: false,
  },
  {
    sample: "cloudevents/binary",
    header: "Authorization",
    secret: "token",
    prefix: "Bearer ",
    signsBody: false,
  },
  { sample: "cloudevents/structured", token: "0f1e2d3c4b", secret: "token", signsBody: false },
  { sample: "hmac/plain", header: "X-Acme-Signature" },
  {
    sample: "hmac/everything",
    header: "X-Acme-Signature",
    prefix: "v1=",
    list: true,
    timestamp: "X-Time",
    toleranceSeconds: 300,
  },
  {
    sample: "token/bearer",
    header: "Authorization",
    secret: "token",
    prefix: "Bearer ",
    signsBody: false,
  },
  { sample: "token/header", header: "X-Key", secret: "token", prefix: "k:", signsBody: false },
  { sample: "token/query", token: "0f1e2d3c4b", secret: "token", signsBody: false },
  { sample: "basic/right", header: "Authorization", secret: "password", signsBody: false },
  { sample: "jwt/bearer", header: "Authorization", signsBody: false },
  { sample: "jwt/everything", header: "X-Token" },
];
