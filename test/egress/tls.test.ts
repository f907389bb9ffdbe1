/** HTTPS: certificates are checked, and no redirect leads from HTTPS to HTTP. */
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { beforeAll, expect, test } from "vitest";
import { Egress } from "../../src/egress/egress.ts";
import { selfSigned } from "../support/certificate.ts";
import {
  call,
  granted,
  startServer,
  startTcpServer,
  textOf,
  watched,
} from "../support/egress-server.ts";

const NAME = "secure.example";
const trusted = selfSigned(NAME);
const lookup = async () => [{ address: "127.0.0.1" }];

beforeAll(() => setDefaultCACertificates([...getCACertificates("default"), trusted.cert]));

const startTlsServer = (certificate: typeof trusted, handler: RequestListener) =>
  watched(createServer(certificate, handler), "127.0.0.1");

test("a server with a valid certificate is reached, several times on one connection", async () => {
  await using server = await startTlsServer(trusted, (_, response) => response.end("secret"));
  await using egress = new Egress({ lookup });
  const grant = granted([`${NAME}:${server.port}`]);
  for (let round = 0; round < 3; round += 1) {
    const answer = await call(egress, `https://${NAME}:${server.port}/`, grant);
    expect(textOf(answer)).toBe("200 secret");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(server.accepted()).toBe(1);
});

test.each([
  ["of another name", trusted, "other.example"],
  ["with no trusted issuer", selfSigned(NAME), NAME],
])("a certificate %s is refused, and no request is sent", async (_, certificate, host) => {
  let requests = 0;
  await using server = await startTlsServer(certificate, (_request, response) => {
    requests += 1;
    response.end();
  });
  await using egress = new Egress({ lookup });
  const url = `https://${host}:${server.port}/`;
  const answer = await call(egress, url, granted([url.slice(0, -1)]));
  expect(answer).toMatchObject({ ok: false, kind: "HTTP_ERROR", name: "NetworkError" });
  expect(JSON.stringify(answer)).not.toContain("127.0.0.1");
  await expect.poll(server.open).toBe(0);
  expect(requests).toBe(0);
});

test("no handshake starts with a private address", async () => {
  await using server = await startTcpServer();
  const url = `https://${NAME}:${server.port}/`;
  await using egress = new Egress({ lookup });
  const answer = await call(egress, url, granted([url.slice(0, -1)], []));
  expect(textOf(answer)).toBe("EGRESS_DENIED EgressDenied");
  expect(server.received()).toBe(0);
});

test("a redirect from HTTPS to HTTP is refused, although its target is allowed", async () => {
  await using target = await startServer((_, response) => response.end("plain"));
  const location = `http://${NAME}:${target.port}/`;
  await using server = await startTlsServer(trusted, (_, response) => {
    response.writeHead(302, { location }).end();
  });
  await using egress = new Egress({ lookup });
  const grant = granted([`${NAME}:${server.port}`, location.slice(0, -1)]);
  const answer = await call(egress, `https://${NAME}:${server.port}/`, grant);
  expect(textOf(answer)).toBe("EGRESS_DENIED EgressDenied");
  expect(target.accepted()).toBe(0);
});

test("a redirect from HTTP to HTTPS is followed", async () => {
  await using target = await startTlsServer(trusted, (_, response) => response.end("secret"));
  const location = `https://${NAME}:${target.port}/`;
  await using server = await startServer((_, response) => {
    response.writeHead(301, { location }).end();
  });
  await using egress = new Egress({ lookup });
  const grant = granted([server.origin, location.slice(0, -1)]);
  expect(textOf(await call(egress, server.origin, grant))).toBe("200 secret");
});

test("an allowed HTTPS origin does not allow HTTP on its port, nor the other way round", async () => {
  await using server = await startServer((_, response) => response.end("plain"));
  await using egress = new Egress({ lookup });
  const { port } = server;
  const https = granted([`127.0.0.1:${port}`]);
  const http = granted([`http://127.0.0.1:${port}`]);
  expect(textOf(await call(egress, `http://127.0.0.1:${port}/`, https))).toMatch(/^EGRESS_DENIED/);
  expect(textOf(await call(egress, `https://127.0.0.1:${port}/`, http))).toMatch(/^EGRESS_DENIED/);
  expect(server.accepted()).toBe(0);
});
