/** Starts Parse Server on loopback only, with a key for its webhooks. */
const [, , installed = ""] = process.argv;
const { ParseServer } = await import(installed);
const { PORT, DATABASE_PORT, WEBHOOK_KEY } = process.env;
await ParseServer.startApp({
  appId: "real",
  masterKey: "only-here",
  webhookKey: WEBHOOK_KEY,
  databaseURI: `postgres://postgres:postgres@127.0.0.1:${DATABASE_PORT}/postgres`,
  serverURL: `http://127.0.0.1:${PORT}/parse`,
  host: "127.0.0.1",
  port: Number(PORT),
  logLevel: "warn",
  silent: false,
});
