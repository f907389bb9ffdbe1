/** The CloudEvents SDK sends one event in binary, structured and batch form, and a type that is not ASCII. */
const [, , installed = ""] = process.argv;
const { CloudEvent, emitterFor, HTTP, httpTransport, Mode } = await import(installed);
const { HOOK_URL = "", HOOK_SECRET = "" } = process.env;
const headers = { authorization: `Bearer ${HOOK_SECRET}` };
const event = (id, type) =>
  new CloudEvent({ id, type, source: "/real/senders", data: { id, done: true } });

for (const [mode, type] of [
  [Mode.BINARY, "order.created"],
  [Mode.STRUCTURED, "order.paid"],
  [Mode.BINARY, "order créated"],
]) {
  const emit = emitterFor(httpTransport(HOOK_URL), { mode });
  await emit(event(`${mode} ${type}`, type), { headers });
}

// The SDK reads batches and writes none: a batch is a list of structured events.
const { body } = HTTP.structured(event("batch", "order.sent"));
await fetch(HOOK_URL, {
  method: "POST",
  headers: { ...headers, "content-type": "application/cloudevents-batch+json" },
  body: `[${body}]`,
});
