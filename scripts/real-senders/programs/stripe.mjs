/** Stripe's library signs the request as its tests of webhooks do; it sends none itself. */
const [, , installed = ""] = process.argv;
const { default: Stripe } = await import(installed);
const { HOOK_URL = "", HOOK_SECRET = "" } = process.env;
const event = { id: "evt_real", object: "event", type: "invoice.paid", data: { object: {} } };
const payload = JSON.stringify(event, undefined, 2);
const header = new Stripe("sk_test_for_signatures_only").webhooks.generateTestHeaderString({
  payload,
  secret: HOOK_SECRET,
});
const headers = { "content-type": "application/json; charset=utf-8", "stripe-signature": header };
await fetch(HOOK_URL, { method: "POST", headers, body: payload });
