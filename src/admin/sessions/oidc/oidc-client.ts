/**
 * The identity provider: authorization code with PKCE. The library takes a tenth of a second to load and many servers
 * have no identity provider, so the first sign-in loads it.
 */
import type { Configuration } from "openid-client";
import { HookyardError } from "../../../errors.ts";
import type { Claims, OidcSettings } from "../../../model/oidc.ts";

/** Until then, changed endpoints of the provider are not noticed. */
const METADATA_MS = 3_600_000;
const TIMEOUT_SECONDS = 10;
/** Each call makes requests to the provider, and anyone can make calls. */
const MAX_AT_ONCE = 16;
const RETRY_AFTER_SECONDS = 2;

/** The secrets of one sign-in, which the browser keeps until it comes back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export class OidcClient {
  readonly #settings: OidcSettings;
  readonly #now: () => number;
  #configuration: { readonly loading: Promise<Configuration>; readonly at: number } | undefined;
  #running = 0;

  constructor(settings: OidcSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** The page of the provider to send the browser to. */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly attempt: Attempt }> {
    return this.#bounded(async () => {
      const oidc = await import("openid-client");
      const configuration = await this.#configured();
      const attempt = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: this.#settings.scopes,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: "S256",
      });
      return { url: url.href, attempt };
    });
  }

  /** The claims of the user. `callback` is the redirect URI with the parameters of the provider. */
  finish(callback: URL, { state, nonce, verifier }: Attempt): Promise<Claims> {
    return this.#bounded(async () => {
      const oidc = await import("openid-client");
      const configuration = await this.#configured();
      const tokens = await oidc.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("the answer has no ID token");
      if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
      // Some providers put groups and email there only.
      const further = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return { ...further, ...claims };
    });
  }

  async #bounded<T>(run: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_AT_ONCE)
      throw new HookyardError(
        "rate_limited",
        `${this.#running} sign-ins with the identity provider are under way, at most ${MAX_AT_ONCE} may be at once: try again`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    this.#running += 1;
    try {
      return await run();
    } finally {
      this.#running -= 1;
    }
  }

  #configured(): Promise<Configuration> {
    const known = this.#configuration;
    if (known !== undefined && this.#now() - known.at < METADATA_MS) return known.loading;
    const loading = this.#discover();
    this.#configuration = { loading, at: this.#now() };
    loading.catch(() => {
      this.#configuration = undefined;
    });
    return loading;
  }

  async #discover(): Promise<Configuration> {
    const oidc = await import("openid-client");
    const { issuer, clientId, clientSecret } = this.#settings;
    const isPlain = new URL(issuer).protocol === "http:";
    return await oidc.discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout: TIMEOUT_SECONDS,
      // The settings allow http on loopback only. The signature of the ID token is checked in any case.
      execute: [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])],
    });
  }
}
