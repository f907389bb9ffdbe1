/** The reference library of Standard Webhooks signs the request. */
const [, , installed = ""] = process.argv;
const { Webhook } = await import(installed);
const { HOOK_URL = "", HOOK_SECRET = "" } = process.env;
const body = JSON.stringify({ type: "contact.created", timestamp: new Date().toISOString() });
const at = new Date();
const headers = {
  "content-type": "application/json",
  "webhook-id": "msg_real_standard",
  "webhook-timestamp": `${Math.floor(at.getTime() / 1000)}`,
  "webhook-signature": new Webhook(HOOK_SECRET).sign("msg_real_standard", at, body),
};
await fetch(HOOK_URL, { method: "POST", headers, body });
