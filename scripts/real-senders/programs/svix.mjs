/** The library of Svix signs the request; its service would send it. */
const [, , installed = ""] = process.argv;
const { Webhook } = await import(installed);
const { HOOK_URL = "", HOOK_SECRET = "" } = process.env;
const body = JSON.stringify({ type: "user.created", data: { name: "Åsa 🎉" } });
const at = new Date();
const headers = {
  "content-type": "application/json",
  "svix-id": "msg_real_svix",
  "svix-timestamp": `${Math.floor(at.getTime() / 1000)}`,
  "svix-signature": new Webhook(HOOK_SECRET).sign("msg_real_svix", at, body),
};
await fetch(HOOK_URL, { method: "POST", headers, body });
