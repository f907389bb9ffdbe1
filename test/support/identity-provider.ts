/** A real OpenID Connect provider on loopback, and a browser that goes through its redirects. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Configuration } from "oidc-provider";

export const CLIENT = { id: "hookyard-tests", secret: "the-secret-of-the-client-in-tests" };

/** What the provider says of the person who signs in. */
export interface Person {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  /** The provider's only client comes back to this server. */
  serve(redirectUri: string, options?: { readonly claimsInIdToken?: boolean }): void;
  /** Undefined: the person declines to sign in. */
  person: Person | undefined;
  /** Requests for the token endpoint. */
  readonly tokenBodies: string[];
  stop(): Promise<void>;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  let handle: ((...args: Parameters<ReturnType<Provider["callback"]>>) => unknown) | undefined;
  const server = createServer((request, response) => {
    if (handle === undefined) response.writeHead(503).end();
    else void handle(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokenBodies: string[] = [];
  const provided: IdentityProvider = {
    issuer,
    person: undefined,
    tokenBodies,
    serve(redirectUri, { claimsInIdToken = false } = {}) {
      const provider = new Provider(issuer, settings(provided, redirectUri, !claimsInIdToken));
      const answer = provider.callback();
      handle = async (request, response) => {
        if (request.url?.startsWith("/token") === true)
          request.on("data", (chunk: Buffer) => tokenBodies.push(chunk.toString()));
        if (request.url?.startsWith("/interaction/") !== true)
          return await answer(request, response);
        const { person } = provided;
        const result =
          person === undefined
            ? { error: "access_denied", error_description: "the person declined" }
            : { login: { accountId: person.sub } };
        return await provider.interactionFinished(request, response, result);
      };
    },
    stop: () => closed(server),
    [Symbol.asyncDispose]: () => closed(server),
  };
  return provided;
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const CLAIMS = ["email", "email_verified", "groups", "role"];

function settings(
  provided: IdentityProvider,
  redirectUri: string,
  conformIdTokenClaims: boolean,
): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    claims: { openid: ["sub"], email: CLAIMS },
    conformIdTokenClaims,
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: () => ({ ...provided.person, sub: accountId }),
    }),
    async loadExistingGrant({ oidc }) {
      const { client, session, provider } = oidc;
      const grant = new provider.Grant({
        ...(client === undefined ? {} : { clientId: client.clientId }),
        ...(session?.accountId === undefined ? {} : { accountId: session.accountId }),
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
}

/** Follows redirects and keeps the cookies of each origin. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly visited: string[] = [];

  cookie(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map((pair) => pair.join("=")).join("; ");
  }

  /** The last address, and the answer there. Stops when an address has the text `until`, which is not opened. */
  async go(address: string, until?: string): Promise<{ url: URL; response: Response }> {
    let url = new URL(address);
    for (;;) {
      const response = await fetch(url, {
        redirect: "manual",
        headers: { cookie: this.cookie(url.origin), accept: "text/html" },
      });
      this.visited.push(url.href);
      this.#keep(url.origin, response);
      const location = response.headers.get("location");
      if (location === null) return { url, response };
      url = new URL(location, url);
      if (until !== undefined && url.href.includes(until)) return { url, response };
    }
  }

  #keep(origin: string, response: Response): void {
    const kept = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, kept);
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") kept.delete(name);
      else kept.set(name, value);
    }
  }
}
