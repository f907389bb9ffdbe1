/** Starts Unleash without sign-in, on loopback only. */
const [, , installed = ""] = process.argv;
const { start } = await import(installed);
const { PORT, DATABASE_PORT } = process.env;
await start({
  db: {
    host: "127.0.0.1",
    port: Number(DATABASE_PORT),
    user: "postgres",
    password: "postgres",
    database: "postgres",
    ssl: false,
  },
  server: { host: "127.0.0.1", port: Number(PORT) },
  authentication: { type: "none" },
  versionCheck: { enable: false },
  telemetry: false,
  allowPrivateUrlInIntegration: true,
  logLevel: "warn",
});
