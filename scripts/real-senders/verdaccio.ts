/** Verdaccio, a registry for packages, notifies when one is published. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../bench/peers/peer.ts";
import { answers, call, serve, until } from "./process.ts";
import { type Place, SECRET, type Sender, uriOf } from "./sender.ts";

const name = "verdaccio";

export const verdaccio: Sender = {
  name,
  packages: ["verdaccio@6.10.4"],
  // It asks for a tag of this package that not every registry has.
  overrides: { "node-fetch": "2.7.0" },
  provider: name,
  copyOf: "token",
  properties: { VERDACCIO_URI: uriOf({ name }), VERDACCIO_TOKEN: SECRET },
  messages: 1,
  run: publish,
};

const config = (url: string) => ({
  storage: "./storage",
  auth: { htpasswd: { file: "./htpasswd" } },
  uplinks: {},
  packages: { "**": { access: "$all", publish: "$authenticated" } },
  log: { type: "stdout", format: "pretty", level: "warn" },
  notify: {
    method: "POST",
    headers: [{ "Content-Type": "application/json" }, { Authorization: `Bearer ${SECRET}` }],
    endpoint: url,
    content: '{"package":"{{name}}","publisher":"{{publisher.name}}"}',
  },
});

async function publish({ folder, url, answers: answered }: Place): Promise<void> {
  // YAML is a superset of JSON.
  writeFileSync(join(folder, "config.yaml"), JSON.stringify(config(url)));
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const script = "node_modules/verdaccio/bin/verdaccio";
  const args = [script, "--config", "config.yaml", "--listen", listen];
  const own = `http://${listen}`;
  await using _server = await serve({ cwd: folder, args }, () => answers(`${own}/-/ping`));
  const user = { name: "mona", password: "not-a-secret-of-anyone" };
  const added = await call(`${own}/-/user/org.couchdb.user:mona`, "PUT", user);
  const { token } = JSON.parse(added);
  await call(`${own}/real-package`, "PUT", firstVersion(own), { authorization: `Bearer ${token}` });
  await until(() => answered() >= verdaccio.messages);
}

/** As npm publishes it, with a file of a few bytes. */
function firstVersion(own: string) {
  const file = "real-package-1.0.0.tgz";
  const content = Buffer.from("a package");
  const data = content.toString("base64");
  const shasum = createHash("sha1").update(content).digest("hex");
  const dist = { shasum, tarball: `${own}/real-package/-/${file}` };
  return {
    _id: "real-package",
    name: "real-package",
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": { name: "real-package", version: "1.0.0", dist } },
    _attachments: {
      [file]: { content_type: "application/octet-stream", data, length: data.length },
    },
  };
}
