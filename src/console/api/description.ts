/** Written by `npm run docs` from the server's description of its API. */


/** OneOf type helpers */
type Without<T, U> = { [P in Exclude<keyof T, keyof U>]?: never };
type XOR<T, U> = (T | U) extends object ? (Without<T, U> & U) | (Without<U, T> & T) : T | U;
type OneOf<T extends any[]> = T extends [infer Only] ? Only : T extends [infer A, infer B, ...infer Rest] ? OneOf<[XOR<A, B>, ...Rest]> : never;

export interface paths {
  "/api/v1/openapi.json": {
    /**
     * This description, as OpenAPI 3.1
     * @description Needs no token.
     */
    get: operations["getOpenapi"];
  };
  "/api/v1/types.d.ts": {
    /**
     * The TypeScript types for scripts
     * @description Needs no token.
     */
    get: operations["getTypes"];
  };
  "/api/v1/docs": {
    /**
     * This description as a page that can send calls
     * @description Needs no token.
     */
    get: operations["getDocs"];
  };
  "/api/v1/docs/{part}": {
    /**
     * The scripts and styles of that page
     * @description Needs no token.
     */
    get: operations["getDocsPart"];
  };
  "/api/v1/sessions": {
    /**
     * The sessions of the caller's token, newest first; with `admin`, all sessions
     * @description Needs a token or a session; any permission will do.
     */
    get: operations["listSessions"];
    /**
     * Signs in: starts a session and sets its cookie
     * @description The session has the permissions of the token, and ends with it. The cookie `hookyard_session` (`__Host-hookyard_session` over TLS) is sent by the browser alone: scripts cannot read it.
     *
     * Needs no token.
     */
    post: operations["signIn"];
  };
  "/api/v1/sessions/ways": {
    /**
     * The ways to sign in to the console
     * @description Needs no token.
     */
    get: operations["getSignInWays"];
  };
  "/api/v1/sessions/oidc": {
    /**
     * Starts a sign-in: sends the browser to the identity provider
     * @description Needs no token.
     */
    get: operations["startOidcSignIn"];
  };
  "/api/v1/sessions/oidc/callback": {
    /**
     * Ends a sign-in: the identity provider sends the browser here
     * @description Needs no token.
     */
    get: operations["finishOidcSignIn"];
  };
  "/api/v1/messages": {
    /**
     * Messages, newest first
     * @description Needs `messages:read`.
     */
    get: operations["listMessages"];
  };
  "/api/v1/messages/events": {
    /**
     * Events of messages, as they happen
     * @description Server-sent events. The data of an event is the message as the list shows it, in its current state:
     *
     * - `accepted`: the message is on disk; `ended`: all its executions have ended.
     * - `gap`, first: `Last-Event-ID` is too old to resume; `since` is the time of that event, or null.
     * - `end`, last: `{code, detail}` with `stopping`, `too_slow` or `refused`.
     *
     * Needs `messages:read`.
     */
    get: operations["followMessages"];
  };
  "/api/v1/messages/stats": {
    /**
     * Counts of messages and percentiles of durations, by time
     * @description Counts messages; with `by=function` executions. `failed` counts those with the status `FAILED`.
     *
     * All filters of the list apply. With `status`, `provider`, `function`, `from` and `to` all messages are counted.
     * With other filters at most 5000 are, the newest first, with `q` at most 1000; `countedFrom` says how far.
     *
     * Needs `messages:read`.
     */
    get: operations["getMessageStats"];
  };
  "/api/v1/messages/{id}": {
    /**
     * A message with its trace and executions; headers, results and error texts need `messages:details`, logs `messages:logs`, source lines `scripts:read`
     * @description Needs `messages:read`.
     */
    get: operations["getMessage"];
  };
  "/api/v1/messages/{id}/body": {
    /**
     * The exact bytes of a message's body
     * @description Needs `messages:details`.
     */
    get: operations["getMessageBody"];
  };
  "/api/v1/messages/resubmit": {
    /**
     * Resubmits all messages that match a filter, or counts them
     * @description Needs `messages:resubmit`.
     */
    post: operations["resubmitMessages"];
  };
  "/api/v1/messages/{id}/resubmit": {
    /**
     * Resubmits a message, unchanged or edited
     * @description Needs `messages:resubmit`.
     */
    post: operations["resubmitMessage"];
  };
  "/api/v1/problems": {
    /**
     * Failures, rejections and unmatched messages grouped by cause, those of the latest hour first; texts of errors need `messages:details`
     * @description Needs `messages:read`.
     */
    get: operations["listProblems"];
  };
  "/api/v1/problems/{key}": {
    /**
     * A problem
     * @description Needs `messages:read`.
     */
    get: operations["getProblem"];
    /**
     * Mutes a problem until it happens again or until a time, or ends its mute
     * @description Needs `messages:resubmit`.
     */
    patch: operations["updateProblem"];
  };
  "/api/v1/providers/order": {
    /**
     * Sets the match order of these providers; those in files keep their priority
     * @description Needs `scripts:write`.
     */
    put: operations["orderProviders"];
  };
  "/api/v1/providers": {
    /**
     * All providers, by name
     * @description Needs `scripts:read`.
     */
    get: operations["listProviders"];
    /**
     * A new provider, kept in the database
     * @description Needs `scripts:write`.
     */
    post: operations["createProvider"];
  };
  "/api/v1/providers/{name}": {
    /**
     * A provider with its script
     * @description Needs `scripts:read`.
     */
    get: operations["getProvider"];
    /**
     * Uninstalls a provider; its versions and messages stay
     * @description Needs `scripts:write`.
     */
    delete: operations["deleteProvider"];
    /**
     * Changes some fields of a provider, as a new version
     * @description Needs `scripts:write`.
     */
    patch: operations["updateProvider"];
  };
  "/api/v1/providers/{name}/versions": {
    /**
     * All versions of a provider, newest first
     * @description Needs `scripts:read`.
     */
    get: operations["listProviderVersions"];
  };
  "/api/v1/providers/{name}/versions/{number}": {
    /**
     * A version of a provider with its script
     * @description Needs `scripts:read`.
     */
    get: operations["getProviderVersion"];
  };
  "/api/v1/providers/{name}/versions/{number}/activate": {
    /**
     * Puts a version of a provider to use, also of an uninstalled one
     * @description Needs `scripts:write`.
     */
    post: operations["activateProviderVersion"];
  };
  "/api/v1/functions": {
    /**
     * All functions, by name
     * @description Needs `scripts:read`.
     */
    get: operations["listFunctions"];
    /**
     * A new function, kept in the database
     * @description Needs `scripts:write`.
     */
    post: operations["createFunction"];
  };
  "/api/v1/functions/{name}": {
    /**
     * A function with its script
     * @description Needs `scripts:read`.
     */
    get: operations["getFunction"];
    /**
     * Uninstalls a function; its versions and messages stay
     * @description Needs `scripts:write`.
     */
    delete: operations["deleteFunction"];
    /**
     * Changes some fields of a function, as a new version
     * @description Needs `scripts:write`.
     */
    patch: operations["updateFunction"];
  };
  "/api/v1/functions/{name}/versions": {
    /**
     * All versions of a function, newest first
     * @description Needs `scripts:read`.
     */
    get: operations["listFunctionVersions"];
  };
  "/api/v1/functions/{name}/versions/{number}": {
    /**
     * A version of a function with its script
     * @description Needs `scripts:read`.
     */
    get: operations["getFunctionVersion"];
  };
  "/api/v1/functions/{name}/versions/{number}/activate": {
    /**
     * Puts a version of a function to use, also of an uninstalled one
     * @description Needs `scripts:write`.
     */
    post: operations["activateFunctionVersion"];
  };
  "/api/v1/providers/{name}/properties/{property}": {
    /**
     * Sets a property, in force from the next message on; a secret one needs `admin`
     * @description Needs `scripts:write`.
     */
    put: operations["setProperty"];
    /**
     * Removes the values set for a property; a secret one needs `admin`
     * @description Needs `scripts:write`.
     */
    delete: operations["deleteProperty"];
  };
  "/api/v1/test-runs": {
    /**
     * Tries a script on a message; side effects are recorded instead of performed
     * @description Side effects are performed with `effects: "perform"`. That needs `admin` for a function that stands in files, and if `http.privateNetworks` is granted. Source lines in errors need `scripts:read`. Every test run is in the audit log.
     *
     * Needs `scripts:write`.
     */
    post: operations["runTest"];
  };
  "/api/v1/backtests": {
    /**
     * The last backtests since the server started, newest first
     * @description Needs `scripts:read`.
     */
    get: operations["listBacktests"];
    /**
     * Shows what drafts would change for past messages, before they are installed
     * @description With `last: 0` the drafts are only checked: no message is read, and the response is the whole result. A backtest is cancelled when the token that started it is deleted, expires or changes.
     *
     * Needs `scripts:write`.
     */
    post: operations["startBacktest"];
  };
  "/api/v1/backtests/{id}": {
    /**
     * The progress and results of a backtest
     * @description Needs `scripts:read`.
     */
    get: operations["getBacktest"];
    /**
     * Ends and removes a backtest, with its results
     * @description Needs `scripts:write`.
     */
    delete: operations["deleteBacktest"];
  };
  "/api/v1/backtests/{id}/items": {
    /**
     * The messages whose result would change, newest first; or those selected with `which`
     * @description Needs `messages:details`.
     */
    get: operations["listBacktestItems"];
  };
  "/api/v1/tokens": {
    /**
     * All tokens by name, expired ones included
     * @description Needs `admin`.
     */
    get: operations["listTokens"];
    /**
     * A new token
     * @description Needs `admin`.
     */
    post: operations["createToken"];
  };
  "/api/v1/tokens/{name}": {
    /**
     * Removes a token at once, also the token of the call itself
     * @description Needs `admin`.
     */
    delete: operations["deleteToken"];
  };
  "/api/v1/sessions/links": {
    /**
     * A link that signs in once, within ten minutes, with the token of this call
     * @description Needs `admin`.
     */
    post: operations["createSignInLink"];
  };
  "/api/v1/sessions/current": {
    /**
     * The session of this call
     * @description Needs a token or a session; any permission will do.
     */
    get: operations["getCurrentSession"];
    /**
     * Signs out: ends the session of this call and removes its cookie
     * @description Needs a token or a session; any permission will do.
     */
    delete: operations["signOut"];
  };
  "/api/v1/sessions/{id}": {
    /**
     * Ends a session of the caller's token at once; with `admin`, any session
     * @description Needs a token or a session; any permission will do.
     */
    delete: operations["endSession"];
  };
  "/api/v1/audit": {
    /**
     * Who did what, newest first
     * @description Needs `admin`.
     */
    get: operations["listAuditEntries"];
  };
  "/webhooks/v1/{uri}": {
    /**
     * A webhook by GET, as some handshakes use
     * @description Any method, any type, any bytes. `uri` is the rest of the path and may hold slashes; the query string is passed on.
     *
     * Answered `202` once the message is on disk. With `flex-sync-webhook: true`, or if the provider or a function is synchronous, the response waits for the functions. A function's own response, or the response to a handshake, may have any status, type and body.
     */
    get: operations["ask_webhooks_v1"];
    /**
     * A webhook
     * @description Any method, any type, any bytes. `uri` is the rest of the path and may hold slashes; the query string is passed on.
     *
     * Answered `202` once the message is on disk. With `flex-sync-webhook: true`, or if the provider or a function is synchronous, the response waits for the functions. A function's own response, or the response to a handshake, may have any status, type and body.
     */
    post: operations["send_webhooks_v1"];
  };
  "/healthz": {
    /**
     * Is the process up?
     * @description Answered as long as the process runs.
     */
    get: operations["getHealthz"];
  };
  "/readyz": {
    /**
     * Can it accept and run?
     * @description Answered `200` if it could write to the database within the last two seconds.
     */
    get: operations["getReadyz"];
  };
  "/metrics": {
    /**
     * Figures for Prometheus
     * @description Needs the token set as `HOOKYARD_METRICS_TOKEN`, when one is set.
     */
    get: operations["getMetrics"];
  };
}

export type webhooks = Record<string, never>;

export interface components {
  schemas: {
    Resubmission: {
      functions?: string[];
      headers?: {
        [key: string]: string | null;
      };
      body?: unknown;
      /**
       * @description `current` when left out.
       * @enum {string}
       */
      scripts?: "current" | "original";
    };
    NewProvider: {
      name: string;
      description?: string;
      priority: number;
      /** @description `true` when left out. */
      active?: boolean;
      /** @description Which requests the match script runs on: every part must hold; of a list, any one condition. */
      when?: ({
        method?: string[];
        headers?: {
          [key: string]: boolean | string;
        };
        /** @description `*` stands for characters of one segment, `**` for any number of segments. */
        uri?: string;
        contentType?: string[];
        /** @description Of the body as received. */
        maxBodyBytes?: number;
        /** @description `event.payload` is an object with all of these keys. */
        payloadKeys?: string[];
      }) | (({
          method?: string[];
          headers?: {
            [key: string]: boolean | string;
          };
          /** @description `*` stands for characters of one segment, `**` for any number of segments. */
          uri?: string;
          contentType?: string[];
          /** @description Of the body as received. */
          maxBodyBytes?: number;
          /** @description `event.payload` is an object with all of these keys. */
          payloadKeys?: string[];
        })[]);
      /**
       * @description `auto` when left out.
       * @enum {string}
       */
      verification?: "auto" | "enforce" | "report" | "off";
      /** @description `0` when left out. */
      dedupe?: number;
      /** @description `false` when left out. */
      sync?: boolean;
      /** @description `202` when left out. */
      acceptStatus?: number;
      /** @constant */
      numbers?: "exact";
      properties?: {
          name: string;
          description?: string;
          /** @description `false` when left out. */
          secret?: boolean;
          /** @description `false` when left out. */
          required?: boolean;
          env?: unknown;
        }[];
      secretHeaders?: string[];
      /** @description The source text, TypeScript or JavaScript. */
      script: string;
      /** @description The reason of the change, for the list of versions. */
      note?: string;
    };
    ProviderChanges: {
      name?: string;
      description?: string | null;
      priority?: number;
      active?: boolean | null;
      when?: (({
        method?: string[];
        headers?: {
          [key: string]: boolean | string;
        };
        /** @description `*` stands for characters of one segment, `**` for any number of segments. */
        uri?: string;
        contentType?: string[];
        /** @description Of the body as received. */
        maxBodyBytes?: number;
        /** @description `event.payload` is an object with all of these keys. */
        payloadKeys?: string[];
      }) | (({
          method?: string[];
          headers?: {
            [key: string]: boolean | string;
          };
          /** @description `*` stands for characters of one segment, `**` for any number of segments. */
          uri?: string;
          contentType?: string[];
          /** @description Of the body as received. */
          maxBodyBytes?: number;
          /** @description `event.payload` is an object with all of these keys. */
          payloadKeys?: string[];
        })[])) | null;
      verification?: ("auto" | "enforce" | "report" | "off") | null;
      dedupe?: number | null;
      sync?: boolean | null;
      acceptStatus?: number | null;
      numbers?: "exact" | null;
      properties?: {
          name: string;
          description?: string;
          /** @description `false` when left out. */
          secret?: boolean;
          /** @description `false` when left out. */
          required?: boolean;
          env?: unknown;
        }[] | null;
      secretHeaders?: string[] | null;
      /** @description The source text, TypeScript or JavaScript. */
      script?: string;
      /** @description The reason of the change, for the list of versions. */
      note?: string;
    };
    NewFunction: {
      name: string;
      description?: string;
      provider: string;
      uri: string;
      /** @description `true` when left out. */
      active?: boolean;
      /** @description `false` when left out. */
      sync?: boolean;
      /** @description `30000` when left out. */
      timeoutMs?: number;
      /** @description `5000` when left out. */
      cpuMs?: number;
      /** @description `64` when left out. */
      memoryMb?: number;
      /** @description `256` when left out. */
      outputKb?: number;
      /** @description `64` when left out. */
      logKb?: number;
      /** @description `50` when left out. */
      hostCalls?: number;
      /** @description `5` when left out. */
      hostCallsAtOnce?: number;
      /** @description `64` when left out. */
      concurrency?: number;
      order?: number;
      retry?: {
        /** @description `1` when left out. */
        maxAttempts?: number;
        /** @description `10000` when left out. */
        backoffMs?: number;
        /** @description `2` when left out. */
        factor?: number;
        /** @description `3600000` when left out. */
        maxBackoffMs?: number;
      };
      /**
       * @description `warm` when left out.
       * @enum {string}
       */
      isolation?: "warm" | "fresh";
      /** @constant */
      numbers?: "exact";
      http?: {
        allow?: string[];
        privateNetworks?: string[];
      };
      /** @description The source text, TypeScript or JavaScript. */
      script: string;
      /** @description The reason of the change, for the list of versions. */
      note?: string;
    };
    FunctionChanges: {
      name?: string;
      description?: string | null;
      provider?: string;
      uri?: string;
      active?: boolean | null;
      sync?: boolean | null;
      timeoutMs?: number | null;
      cpuMs?: number | null;
      memoryMb?: number | null;
      outputKb?: number | null;
      logKb?: number | null;
      hostCalls?: number | null;
      hostCallsAtOnce?: number | null;
      concurrency?: number | null;
      order?: number | null;
      retry?: {
        /** @description `1` when left out. */
        maxAttempts?: number;
        /** @description `10000` when left out. */
        backoffMs?: number;
        /** @description `2` when left out. */
        factor?: number;
        /** @description `3600000` when left out. */
        maxBackoffMs?: number;
      } | null;
      isolation?: ("warm" | "fresh") | null;
      numbers?: "exact" | null;
      http?: {
        allow?: string[];
        privateNetworks?: string[];
      } | null;
      /** @description The source text, TypeScript or JavaScript. */
      script?: string;
      /** @description The reason of the change, for the list of versions. */
      note?: string;
    };
    ProviderFields: {
      $schema?: string | null;
      name?: string;
      description?: string | null;
      priority?: number;
      active?: boolean | null;
      when?: (({
        method?: string[];
        headers?: {
          [key: string]: boolean | string;
        };
        /** @description `*` stands for characters of one segment, `**` for any number of segments. */
        uri?: string;
        contentType?: string[];
        /** @description Of the body as received. */
        maxBodyBytes?: number;
        /** @description `event.payload` is an object with all of these keys. */
        payloadKeys?: string[];
      }) | (({
          method?: string[];
          headers?: {
            [key: string]: boolean | string;
          };
          /** @description `*` stands for characters of one segment, `**` for any number of segments. */
          uri?: string;
          contentType?: string[];
          /** @description Of the body as received. */
          maxBodyBytes?: number;
          /** @description `event.payload` is an object with all of these keys. */
          payloadKeys?: string[];
        })[])) | null;
      verification?: ("auto" | "enforce" | "report" | "off") | null;
      dedupe?: number | null;
      sync?: boolean | null;
      acceptStatus?: number | null;
      numbers?: "exact" | null;
      properties?: {
          name: string;
          description?: string;
          /** @description `false` when left out. */
          secret?: boolean;
          /** @description `false` when left out. */
          required?: boolean;
          env?: string;
        }[] | null;
      secretHeaders?: string[] | null;
    };
    FunctionFields: {
      $schema?: string | null;
      name?: string;
      description?: string | null;
      provider?: string;
      uri?: string;
      active?: boolean | null;
      sync?: boolean | null;
      timeoutMs?: number | null;
      cpuMs?: number | null;
      memoryMb?: number | null;
      outputKb?: number | null;
      logKb?: number | null;
      hostCalls?: number | null;
      hostCallsAtOnce?: number | null;
      concurrency?: number | null;
      order?: number | null;
      retry?: {
        /** @description `1` when left out. */
        maxAttempts?: number;
        /** @description `10000` when left out. */
        backoffMs?: number;
        /** @description `2` when left out. */
        factor?: number;
        /** @description `3600000` when left out. */
        maxBackoffMs?: number;
      } | null;
      isolation?: ("warm" | "fresh") | null;
      numbers?: "exact" | null;
      http?: {
        allow?: string[];
        privateNetworks?: string[];
      } | null;
    };
    ProviderDraft: {
      $schema?: string | null;
      name: string;
      description?: string | null;
      priority?: number;
      active?: boolean | null;
      when?: (({
        method?: string[];
        headers?: {
          [key: string]: boolean | string;
        };
        /** @description `*` stands for characters of one segment, `**` for any number of segments. */
        uri?: string;
        contentType?: string[];
        /** @description Of the body as received. */
        maxBodyBytes?: number;
        /** @description `event.payload` is an object with all of these keys. */
        payloadKeys?: string[];
      }) | (({
          method?: string[];
          headers?: {
            [key: string]: boolean | string;
          };
          /** @description `*` stands for characters of one segment, `**` for any number of segments. */
          uri?: string;
          contentType?: string[];
          /** @description Of the body as received. */
          maxBodyBytes?: number;
          /** @description `event.payload` is an object with all of these keys. */
          payloadKeys?: string[];
        })[])) | null;
      verification?: ("auto" | "enforce" | "report" | "off") | null;
      dedupe?: number | null;
      sync?: boolean | null;
      acceptStatus?: number | null;
      numbers?: "exact" | null;
      properties?: {
          name: string;
          description?: string;
          /** @description `false` when left out. */
          secret?: boolean;
          /** @description `false` when left out. */
          required?: boolean;
          env?: string;
        }[] | null;
      secretHeaders?: string[] | null;
      /** @description The source text, TypeScript or JavaScript. */
      script?: string;
      /** @description The reason of the change, for the list of versions. */
      note?: string;
    };
    FunctionDraft: {
      $schema?: string | null;
      name: string;
      description?: string | null;
      provider?: string;
      uri?: string;
      active?: boolean | null;
      sync?: boolean | null;
      timeoutMs?: number | null;
      cpuMs?: number | null;
      memoryMb?: number | null;
      outputKb?: number | null;
      logKb?: number | null;
      hostCalls?: number | null;
      hostCallsAtOnce?: number | null;
      concurrency?: number | null;
      order?: number | null;
      retry?: {
        /** @description `1` when left out. */
        maxAttempts?: number;
        /** @description `10000` when left out. */
        backoffMs?: number;
        /** @description `2` when left out. */
        factor?: number;
        /** @description `3600000` when left out. */
        maxBackoffMs?: number;
      } | null;
      isolation?: ("warm" | "fresh") | null;
      numbers?: "exact" | null;
      http?: {
        allow?: string[];
        privateNetworks?: string[];
      } | null;
      /** @description The source text, TypeScript or JavaScript. */
      script?: string;
      /** @description The reason of the change, for the list of versions. */
      note?: string;
    };
    /** @description Problem details (RFC 9457). */
    Problem: {
      /** @description `urn:hookyard:error:` and the code. */
      type: string;
      title: string;
      status: number;
      /** @description What was found, what was expected, and what to do. */
      detail: string;
      /**
       * @description For programs: codes do not change.
       * @enum {string}
       */
      code: "malformed_path" | "bad_request" | "unauthorized" | "forbidden" | "conflict" | "changed_meanwhile" | "script_refused" | "invalid_message" | "unprocessable" | "not_found" | "method_not_allowed" | "not_acceptable" | "unsupported_media_type" | "too_many_followers" | "body_too_large" | "expectation_failed" | "too_many_headers" | "upload_too_slow" | "rate_limited" | "overloaded" | "incomplete_body" | "internal" | "stopping" | "storage_unavailable" | "bad_configuration" | "sandbox_unusable" | "database_busy" | "database_unusable";
      [key: string]: unknown;
    };
    Message: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      receivedAt: string;
      method: string;
      uri: string;
      /** @enum {string} */
      status: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
      provider: string | null;
      eventType: string | null;
      deliveryId: string | null;
      /** @description The last message of a function, or its error. Without `messages:details`: of an error only the name, of a rejection no text from a script, and null while the message is pending. */
      message: string | null;
      bodyBytes: number;
      /** @description Whether the answer was synchronous: the sender, the provider or a function asked to wait for the functions, and they ended in time. While the message is pending: whether its answer waits. */
      sync: boolean;
      /** @description The message of the same delivery that this one is answered like. */
      duplicateOf: string | null;
      /** @description The first message of the same delivery, if that failed: this one runs only the functions that failed. */
      repetitionOf: string | null;
      resubmittedFrom: string | null;
      edited: boolean;
      /** @description For an unmatched message, URIs of installed functions that are near its own, the nearest first. */
      nearestUris: {
          provider: string;
          uri: string;
        }[];
    };
    MessageStats: {
      /** Format: date-time */
      from: string;
      /** Format: date-time */
      to: string;
      /** @enum {string} */
      bucket: "minute" | "ten-minutes" | "hour" | "six-hours" | "day";
      /** @enum {string} */
      by: "status" | "provider" | "function";
      /** @description The start of each bucket. */
      times: string[];
      count: number;
      failedCount: number;
      /** @description By bucket. */
      counts: number[];
      /** @description By bucket. */
      failed: number[];
      /** @description Percentiles of the durations of executions in milliseconds, at most 7 % off; null without any. */
      durations: {
        /** @description Executions with a duration: that of the last attempt. */
        count: number;
        p50: number | null;
        p95: number | null;
        p99: number | null;
        buckets: {
          p50: (number | null)[];
          p95: (number | null)[];
          p99: (number | null)[];
        };
      };
      series: ({
          /** @description Null for messages without a provider. */
          name: string | null;
          count: number;
          failedCount: number;
          /** @description By bucket. */
          counts: number[];
          /** @description By bucket. */
          failed: number[];
          durations: {
            /** @description Executions with a duration: that of the last attempt. */
            count: number;
            p50: number | null;
            p95: number | null;
            p99: number | null;
          };
        })[];
      /** @description The count of the series beyond `limit`. */
      otherCount: number;
      /** @description Messages received before this time are counted only in part, because there are too many for these filters or the server has not counted them yet. Null when all are counted. */
      countedFrom: string | null;
    };
    MessageDetails: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      receivedAt: string;
      method: string;
      uri: string;
      /** @enum {string} */
      status: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
      provider: string | null;
      eventType: string | null;
      deliveryId: string | null;
      /** @description The last message of a function, or its error. Without `messages:details`: of an error only the name, of a rejection no text from a script, and null while the message is pending. */
      message: string | null;
      bodyBytes: number;
      /** @description Whether the answer was synchronous: the sender, the provider or a function asked to wait for the functions, and they ended in time. While the message is pending: whether its answer waits. */
      sync: boolean;
      /** @description The message of the same delivery that this one is answered like. */
      duplicateOf: string | null;
      /** @description The first message of the same delivery, if that failed: this one runs only the functions that failed. */
      repetitionOf: string | null;
      resubmittedFrom: string | null;
      edited: boolean;
      /** @description For an unmatched message, URIs of installed functions that are near its own, the nearest first. */
      nearestUris: {
          provider: string;
          uri: string;
        }[];
      /** @description Parts hidden from the token because it lacks `messages:details` or `messages:logs`. */
      hidden: ("details" | "logs")[];
      path: string;
      query: string | null;
      remoteAddress: string;
      headers: ([string, string | null])[];
      verification: components["schemas"]["Verification"] | null;
      trace: components["schemas"]["TraceEntry"][];
      executions: components["schemas"]["Execution"][];
    };
    Verification: {
      /** @enum {string} */
      mode: "enforce" | "report" | "off";
      /** @enum {string} */
      result: "ok" | "failed" | "skipped";
      /** @description Absent without `messages:details` if a script returned it. */
      reason?: string;
      error?: components["schemas"]["Failure"];
      /**
       * @description The authentication that `WWW-Authenticate` asked of the rejected sender.
       * @constant
       */
      challenge?: "basic";
    };
    Failure: {
      /** @enum {string} */
      kind: "SCRIPT_ERROR" | "COMPILE_ERROR" | "TIMEOUT" | "CPU_LIMIT" | "MEMORY_LIMIT" | "OUTPUT_LIMIT" | "EGRESS_DENIED" | "HOST_LIMIT" | "CRASH";
      name: string;
      /** @description Null without `messages:details`. */
      message: string | null;
      file?: string;
      line?: number;
      column?: number;
      /** @description Lines of the script; absent without `scripts:read`. */
      frame?: string;
      /** @description Absent without `messages:details`. */
      stack?: string;
      /** @description Its `cause`, the errors of an `AggregateError`, and theirs in turn. */
      causes?: ({
          name: string;
          /** @description Null without `messages:details`. */
          message: string | null;
          file?: string;
          line?: number;
          column?: number;
          /** @description Lines of the script; absent without `scripts:read`. */
          frame?: string;
          /** @description Absent without `messages:details`. */
          stack?: string;
        })[];
    };
    TraceEntry: {
      provider: string;
      version: string;
      /** @description The number of that version; null if the version is not stored. */
      versionNumber: number | null;
      matched: boolean;
      /** @description In milliseconds; 0 means less than one. */
      durationMs: number;
      /** @description Why the script did not run: the part of its `when` that the request does not meet. */
      passedOver?: string;
      warning?: string;
      error?: components["schemas"]["Failure"];
      logs?: components["schemas"]["LogLine"][];
    };
    LogLine: {
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      level: "debug" | "info" | "warn" | "error";
      text: string;
    };
    Execution: {
      function: string;
      /** @enum {string} */
      status: "PENDING" | "RUNNING" | "SUCCESS" | "FAILED" | "FILTERED";
      version: string;
      /** @description The number of that version; null if the version is not stored. */
      versionNumber: number | null;
      params: {
        [key: string]: string;
      };
      order: number | null;
      message: string | null;
      durationMs: number | null;
      result: unknown;
      error: components["schemas"]["Failure"] | null;
      logs: components["schemas"]["LogLine"][];
      attempts: components["schemas"]["Attempt"][];
      nextAttemptAt: string | null;
    };
    Attempt: {
      number: number;
      /** Format: date-time */
      endedAt: string;
      durationMs: number | null;
      outcome: string;
      version: string;
      /** @description The number of that version; null if the version is not stored. */
      versionNumber: number | null;
      message?: string;
      /** @description Why the function filtered the message. */
      reason?: string;
      /** @description The function asked for no further attempts. */
      fatal?: boolean;
      /** @description The delay of the next attempt, if the function chose it. */
      retryAfterMs?: number;
      response?: components["schemas"]["ScriptedAnswer"];
      result: unknown;
      error: components["schemas"]["Failure"] | null;
      logs: components["schemas"]["LogLine"][];
    };
    ScriptedAnswer: {
      status: number;
      /** @description A list was sent as several header lines, as with `set-cookie`. */
      headers: {
        [key: string]: string | string[];
      };
      body: string;
      /**
       * @description The encoding of a binary `body`; absent for text.
       * @constant
       */
      bodyEncoding?: "base64";
    };
    MessageSummary: {
      messageId: string;
      /** @enum {string} */
      status?: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
      provider?: string | null;
      functions?: ({
          name: string;
          /** @enum {string} */
          status: "PENDING" | "RUNNING" | "SUCCESS" | "FAILED" | "FILTERED";
        })[];
    };
    MessageProblem: {
      key: string;
      /** @enum {string} */
      kind: "FAILURE" | "REJECTION" | "UNMATCHED";
      provider: string | null;
      /** @description The function that failed. */
      function: string | null;
      /** @description The error in the last message, of the function or of the `verify` script. */
      error: components["schemas"]["Failure"] | null;
      /** @description Why the last message was rejected. Null without `messages:details` if a script gave the reason. */
      reason: string | null;
      /** @description The URI of unmatched messages, with `#` in place of ids and numbers. */
      uri: string | null;
      /** @description Messages in the requested time. */
      count: number;
      /**
       * Format: date-time
       * @description When the first message of the log with this problem was received.
       */
      first: string;
      /** Format: date-time */
      last: string;
      /**
       * Format: uuid
       * @description The last message.
       */
      messageId: string;
      /** @description Messages by time: see `times`. */
      counts: number[];
      /** @description Null when it is not muted. */
      muted: ({
        /** Format: date-time */
        at: string;
        until: string | null;
        by: string;
      }) | null;
      /** @description The filter of `/messages` and `/messages/resubmit` that selects its messages. */
      filter: {
        problem: string;
      };
    };
    ListedProvider: {
      name: string;
      description: string;
      priority: number;
      active: boolean;
      /** @description Which requests the match script runs on: every part must hold; of a list, any one condition. */
      when?: ({
        method?: string[];
        headers?: {
          [key: string]: boolean | string;
        };
        /** @description `*` stands for characters of one segment, `**` for any number of segments. */
        uri?: string;
        contentType?: string[];
        /** @description Of the body as received. */
        maxBodyBytes?: number;
        /** @description `event.payload` is an object with all of these keys. */
        payloadKeys?: string[];
      }) | (({
          method?: string[];
          headers?: {
            [key: string]: boolean | string;
          };
          /** @description `*` stands for characters of one segment, `**` for any number of segments. */
          uri?: string;
          contentType?: string[];
          /** @description Of the body as received. */
          maxBodyBytes?: number;
          /** @description `event.payload` is an object with all of these keys. */
          payloadKeys?: string[];
        })[]);
      /** @enum {string} */
      verification: "auto" | "enforce" | "report" | "off";
      dedupe: number;
      sync: boolean;
      acceptStatus: number;
      /** @constant */
      numbers?: "exact";
      properties: {
          name: string;
          description: string;
          secret: boolean;
          required: boolean;
          env?: string;
          /** @description Whether it has a value. */
          set: boolean;
          /** @description Its value, unless it is a secret. */
          value?: string;
        }[];
      secretHeaders?: string[];
      /** @enum {string} */
      source: "file" | "database";
      /** @description The hash that match traces and executions refer to. */
      version: string | null;
      /** @description The number of the version in the database; null for files. */
      number: number | null;
      /** @description The number of the version in the database that is not used, because a folder has the same name. */
      shadows: number | null;
      /** @description Why it cannot be used, with the position. */
      problem: string | null;
      /** @description The mode that `auto` resolves to; null for a provider that cannot be used. */
      verificationInForce: ("enforce" | "report" | "off") | null;
      /** @description Whether functions run on messages whose sender is not verified. */
      acceptsUnverified: boolean;
    };
    Provider: {
      name: string;
      description: string;
      priority: number;
      active: boolean;
      /** @description Which requests the match script runs on: every part must hold; of a list, any one condition. */
      when?: ({
        method?: string[];
        headers?: {
          [key: string]: boolean | string;
        };
        /** @description `*` stands for characters of one segment, `**` for any number of segments. */
        uri?: string;
        contentType?: string[];
        /** @description Of the body as received. */
        maxBodyBytes?: number;
        /** @description `event.payload` is an object with all of these keys. */
        payloadKeys?: string[];
      }) | (({
          method?: string[];
          headers?: {
            [key: string]: boolean | string;
          };
          /** @description `*` stands for characters of one segment, `**` for any number of segments. */
          uri?: string;
          contentType?: string[];
          /** @description Of the body as received. */
          maxBodyBytes?: number;
          /** @description `event.payload` is an object with all of these keys. */
          payloadKeys?: string[];
        })[]);
      /** @enum {string} */
      verification: "auto" | "enforce" | "report" | "off";
      dedupe: number;
      sync: boolean;
      acceptStatus: number;
      /** @constant */
      numbers?: "exact";
      properties: {
          name: string;
          description: string;
          secret: boolean;
          required: boolean;
          env?: string;
          /** @description Whether it has a value. */
          set: boolean;
          /** @description Its value, unless it is a secret. */
          value?: string;
        }[];
      secretHeaders?: string[];
      /** @enum {string} */
      source: "file" | "database";
      /** @description The hash that match traces and executions refer to. */
      version: string | null;
      /** @description The number of the version in the database; null for files. */
      number: number | null;
      /** @description The number of the version in the database that is not used, because a folder has the same name. */
      shadows: number | null;
      /** @description Why it cannot be used, with the position. */
      problem: string | null;
      /** @description The mode that `auto` resolves to; null for a provider that cannot be used. */
      verificationInForce: ("enforce" | "report" | "off") | null;
      /** @description Whether functions run on messages whose sender is not verified. */
      acceptsUnverified: boolean;
      /** @description The source text, TypeScript or JavaScript. */
      script: string;
    };
    DefinitionState: {
      name: string;
      /** @enum {string} */
      source: "file" | "database";
      /** @description The hash that match traces and executions refer to. */
      version: string | null;
      /** @description The number of the version in the database; null for files. */
      number: number | null;
      /** @description The number of the version in the database that is not used, because a folder has the same name. */
      shadows: number | null;
      /** @description Why it cannot be used, with the position. */
      problem: string | null;
    };
    ProviderDefinition: {
      name: string;
      description: string;
      priority: number;
      active: boolean;
      /** @description Which requests the match script runs on: every part must hold; of a list, any one condition. */
      when?: ({
        method?: string[];
        headers?: {
          [key: string]: boolean | string;
        };
        /** @description `*` stands for characters of one segment, `**` for any number of segments. */
        uri?: string;
        contentType?: string[];
        /** @description Of the body as received. */
        maxBodyBytes?: number;
        /** @description `event.payload` is an object with all of these keys. */
        payloadKeys?: string[];
      }) | (({
          method?: string[];
          headers?: {
            [key: string]: boolean | string;
          };
          /** @description `*` stands for characters of one segment, `**` for any number of segments. */
          uri?: string;
          contentType?: string[];
          /** @description Of the body as received. */
          maxBodyBytes?: number;
          /** @description `event.payload` is an object with all of these keys. */
          payloadKeys?: string[];
        })[]);
      /** @enum {string} */
      verification: "auto" | "enforce" | "report" | "off";
      dedupe: number;
      sync: boolean;
      acceptStatus: number;
      /** @constant */
      numbers?: "exact";
      properties: {
          name: string;
          description: string;
          secret: boolean;
          required: boolean;
          env?: string;
        }[];
      secretHeaders?: string[];
    };
    Version: {
      number: number;
      version: string;
      /** @enum {string} */
      source: "file" | "database";
      /** @description The name of a token; null for files. */
      author: string | null;
      note: string | null;
      /** Format: date-time */
      createdAt: string;
      /** @description Whether this version is in use. */
      active: boolean;
    };
    ListedFunction: {
      name: string;
      description: string;
      provider: string;
      uri: string;
      active: boolean;
      sync: boolean;
      timeoutMs: number;
      cpuMs: number;
      memoryMb: number;
      outputKb: number;
      logKb: number;
      hostCalls: number;
      hostCallsAtOnce: number;
      concurrency: number;
      order?: number;
      retry: {
        maxAttempts: number;
        backoffMs: number;
        factor: number;
        maxBackoffMs: number;
      };
      /** @enum {string} */
      isolation: "warm" | "fresh";
      /** @constant */
      numbers?: "exact";
      http: {
        allow: string[];
        privateNetworks: string[];
      };
      /** @enum {string} */
      source: "file" | "database";
      /** @description The hash that match traces and executions refer to. */
      version: string | null;
      /** @description The number of the version in the database; null for files. */
      number: number | null;
      /** @description The number of the version in the database that is not used, because a folder has the same name. */
      shadows: number | null;
      /** @description Why it cannot be used, with the position. */
      problem: string | null;
    };
    Function: {
      name: string;
      description: string;
      provider: string;
      uri: string;
      active: boolean;
      sync: boolean;
      timeoutMs: number;
      cpuMs: number;
      memoryMb: number;
      outputKb: number;
      logKb: number;
      hostCalls: number;
      hostCallsAtOnce: number;
      concurrency: number;
      order?: number;
      retry: {
        maxAttempts: number;
        backoffMs: number;
        factor: number;
        maxBackoffMs: number;
      };
      /** @enum {string} */
      isolation: "warm" | "fresh";
      /** @constant */
      numbers?: "exact";
      http: {
        allow: string[];
        privateNetworks: string[];
      };
      /** @enum {string} */
      source: "file" | "database";
      /** @description The hash that match traces and executions refer to. */
      version: string | null;
      /** @description The number of the version in the database; null for files. */
      number: number | null;
      /** @description The number of the version in the database that is not used, because a folder has the same name. */
      shadows: number | null;
      /** @description Why it cannot be used, with the position. */
      problem: string | null;
      /** @description The source text, TypeScript or JavaScript. */
      script: string;
    };
    FunctionDefinition: {
      name: string;
      description: string;
      provider: string;
      uri: string;
      active: boolean;
      sync: boolean;
      timeoutMs: number;
      cpuMs: number;
      memoryMb: number;
      outputKb: number;
      logKb: number;
      hostCalls: number;
      hostCallsAtOnce: number;
      concurrency: number;
      order?: number;
      retry: {
        maxAttempts: number;
        backoffMs: number;
        factor: number;
        maxBackoffMs: number;
      };
      /** @enum {string} */
      isolation: "warm" | "fresh";
      /** @constant */
      numbers?: "exact";
      http: {
        allow: string[];
        privateNetworks: string[];
      };
    };
    Backtest: {
      /** Format: uuid */
      id: string;
      /** @enum {string} */
      state: "RUNNING" | "DONE" | "CANCELLED" | "FAILED";
      /** Format: date-time */
      startedAt: string;
      endedAt: string | null;
      problem: string | null;
      /** @description Messages to compare. */
      total: number;
      done: number;
      /** @description Messages among `done` that were deleted meanwhile. */
      gone: number;
      /** @description Messages that are counted but not listed, because the list is full. */
      unlisted: number;
      summary: {
        changed: number;
        /** @description Messages that would go to another provider, or to none. */
        otherProvider: number;
        /** @description Messages for which a function would end differently, or have other side effects. */
        otherOutcome: number;
        /** @description Messages for which a tested function fails under the drafts. */
        failing: number;
        /** @description Messages for which a function's result differs from run to run: not compared. */
        unsteady: number;
        /** @description Messages that no provider matches. */
        byNobody: number;
        /** @description Messages that several providers match: the order decides. */
        bySeveral: number;
      };
      /** @description In match order. */
      providers: {
          provider: string;
          gets: number;
          /** @description Messages it matches that another provider gets. */
          misses: number;
          /** @description Messages on which its script failed. */
          faults: number;
        }[];
    };
    ComparedMessage: {
      /** Format: uuid */
      messageId: string;
      /** Format: date-time */
      receivedAt: string;
      uri: string;
      before: {
        /** @enum {string} */
        decision: "unmatched" | "no-function" | "rejected" | "handshake" | "accepted";
        provider: string | null;
        verification: string | null;
        eventType: string | null;
        deliveryId: string | null;
        functions: ({
            name: string;
            /** @enum {string} */
            outcome?: "SUCCESS" | "FILTERED" | "FAILED" | "INTERRUPTED";
            /** @description The beginning of the JSON; or the reason of a filtered run. */
            result?: string;
            error?: string;
            /** @description Side effects of the function: `POST https://…`, `kv.set key`. */
            calls?: string[];
          })[];
      };
      after: {
        /** @enum {string} */
        decision: "unmatched" | "no-function" | "rejected" | "handshake" | "accepted";
        provider: string | null;
        verification: string | null;
        eventType: string | null;
        deliveryId: string | null;
        functions: ({
            name: string;
            /** @enum {string} */
            outcome?: "SUCCESS" | "FILTERED" | "FAILED" | "INTERRUPTED";
            /** @description The beginning of the JSON; or the reason of a filtered run. */
            result?: string;
            error?: string;
            /** @description Side effects of the function: `POST https://…`, `kv.set key`. */
            calls?: string[];
          })[];
      };
      /** @description The fields that differ: `provider`, `functions`, `outcome of greet`, `calls of greet`. */
      differences: string[];
      /** @description Providers that match under the drafts; the first one gets the message. */
      claimedBy: string[];
      faults: {
          provider: string;
          message: string;
        }[];
      /** @description Functions whose result differs from run to run without any change: not compared. */
      unsteady: string[];
    };
    Token: {
      name: string;
      permissions: ("messages:read" | "messages:details" | "messages:logs" | "messages:resubmit" | "scripts:read" | "scripts:write" | "admin")[];
      /** Format: date-time */
      createdAt: string;
      /** @description The name of the token that created it; null for the server. */
      createdBy: string | null;
      expiresAt: string | null;
      /** @description Precise to a minute. */
      lastUsedAt: string | null;
    };
    AuditEntry: {
      id: string;
      /** Format: date-time */
      at: string;
      /** @description The name of a token; null for the server and its commands. */
      caller: string | null;
      /** @enum {string} */
      action: "token.create" | "token.set" | "token.delete" | "session.start" | "session.end" | "session.link" | "property.set" | "property.delete" | "key.rotate" | "provider.create" | "provider.change" | "provider.delete" | "function.create" | "function.change" | "function.delete" | "message.resubmit" | "message.read" | "message.search" | "test-run.start" | "backtest.start" | "backtest.cancel" | "backtest.read" | "problem.mute" | "problem.unmute";
      target: string;
      /** @description Null when there was nothing; never the value of a secret. */
      before: unknown;
      after: unknown;
    };
  };
  responses: {
    /** @description The response is not available in an accepted type (`not_acceptable`) */
    NotAcceptable: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The header `Expect` has another value than `100-continue` (`expectation_failed`) */
    ExpectationFailed: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description Too many headers (`too_many_headers`) */
    TooManyHeaders: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description A part of the request is not as described here (`bad_request`) */
    BadRequest: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description Something that the request names is not there (`not_found`) */
    NotFound: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The token or session is missing, unknown or expired (`unauthorized`) */
    Unauthorized: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The token or session may not do this, or another page sent the session's cookie (`forbidden`) */
    Forbidden: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The body came too slowly (`upload_too_slow`) */
    RequestTimeout: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The body is too large (`body_too_large`) */
    PayloadTooLarge: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The body is not JSON, or is in an unknown encoding (`unsupported_media_type`) */
    UnsupportedMediaType: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description Too many calls or wrong tokens; `Retry-After` says when to try again (`rate_limited`) */
    TooManyRequests: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description Too many connections follow the log (`too_many_followers`) */
    TooManyFollowers: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`) */
    UnprocessableRequest: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The request conflicts with what is installed or stored (`conflict`) */
    Conflict: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description The version is another one than `If-Match` expects (`changed_meanwhile`) */
    PreconditionFailed: {
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}

export type $defs = Record<string, never>;

export type external = Record<string, never>;

export interface operations {

  /**
   * This description, as OpenAPI 3.1
   * @description Needs no token.
   */
  getOpenapi: {
    responses: {
      /** @description OpenAPI 3.1 */
      200: {
        content: {
          "application/json": unknown;
        };
      };
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The TypeScript types for scripts
   * @description Needs no token.
   */
  getTypes: {
    responses: {
      /** @description TypeScript */
      200: {
        content: {
          "text/plain": unknown;
        };
      };
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * This description as a page that can send calls
   * @description Needs no token.
   */
  getDocs: {
    responses: {
      /** @description A page */
      200: {
        content: {
          "text/html": unknown;
        };
      };
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The scripts and styles of that page
   * @description Needs no token.
   */
  getDocsPart: {
    parameters: {
      path: {
        /** @description The name of the file. */
        part: "swagger-ui-bundle.js" | "swagger-ui.css" | "start.js";
      };
    };
    responses: {
      /** @description Script or style */
      200: {
        content: {
          "*/*": unknown;
        };
      };
      400: components["responses"]["BadRequest"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The sessions of the caller's token, newest first; with `admin`, all sessions
   * @description Needs a token or a session; any permission will do.
   */
  listSessions: {
    responses: {
      /** @description Sessions that have not ended */
      200: {
        content: {
          "application/json": {
            items: ({
                /** Format: uuid */
                id: string;
                /** @description The name of the token, or of the user of the identity provider. */
                name: string;
                permissions: ("messages:read" | "messages:details" | "messages:logs" | "messages:resubmit" | "scripts:read" | "scripts:write" | "admin")[];
                /**
                 * @description How the person signed in: with a token, a one-time link, or OpenID Connect.
                 * @enum {string}
                 */
                via: "token" | "link" | "oidc";
                /** Format: date-time */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description The latest end. Without calls the session ends earlier.
                 */
                expiresAt: string;
                /** Format: date-time */
                lastUsedAt: string;
                /** @description The address from which the person signed in. */
                remoteAddress: string;
                /** @description What the browser said of itself. */
                userAgent: string;
                /** @description Whether this call is made with the session. */
                current: boolean;
              })[];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Signs in: starts a session and sets its cookie
   * @description The session has the permissions of the token, and ends with it. The cookie `hookyard_session` (`__Host-hookyard_session` over TLS) is sent by the browser alone: scripts cannot read it.
   *
   * Needs no token.
   */
  signIn: {
    requestBody: {
      content: {
        "application/json": {
          /** @description A token of the API. */
          token: string;
        } | {
          /** @description The code of a one-time link. */
          code: string;
        };
      };
    };
    responses: {
      /** @description The session; its cookie is set */
      201: {
        content: {
          "application/json": {
            /** Format: uuid */
            id: string;
            /** @description The name of the token, or of the user of the identity provider. */
            name: string;
            permissions: ("messages:read" | "messages:details" | "messages:logs" | "messages:resubmit" | "scripts:read" | "scripts:write" | "admin")[];
            /**
             * @description How the person signed in: with a token, a one-time link, or OpenID Connect.
             * @enum {string}
             */
            via: "token" | "link" | "oidc";
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description The latest end. Without calls the session ends earlier.
             */
            expiresAt: string;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The ways to sign in to the console
   * @description Needs no token.
   */
  getSignInWays: {
    responses: {
      /** @description The ways */
      200: {
        content: {
          "application/json": {
            /** @description Whether an identity provider is set. */
            oidc: boolean;
          };
        };
      };
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Starts a sign-in: sends the browser to the identity provider
   * @description Needs no token.
   */
  startOidcSignIn: {
    parameters: {
      query?: {
        /** @description The page of the console to go to after the sign-in. */
        returnTo?: string;
      };
    };
    responses: {
      /** @description To the identity provider, or to `/sign-in#error=…` if it does not answer */
      303: {
        content: {
        };
      };
      /** @description `returnTo` is not a path of this server */
      400: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description No identity provider is set */
      404: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      /** @description Too many sign-ins are under way */
      429: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Ends a sign-in: the identity provider sends the browser here
   * @description Needs no token.
   */
  finishOidcSignIn: {
    parameters: {
      query?: {
        /** @description Names the sign-in that this ends. */
        state?: string;
        /** @description What the identity provider gives for the user. */
        code?: string;
        /** @description In place of the code: why the person is not signed in. */
        error?: string;
      };
    };
    responses: {
      /** @description Signed in, with the cookie of the session: to the page that was asked for; otherwise to `/sign-in#error=` and `denied`, `expired`, `no_permission` or `unavailable` */
      303: {
        content: {
        };
      };
      /** @description No identity provider is set */
      404: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      /** @description Too many sign-ins are under way, or failed */
      429: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Messages, newest first
   * @description Needs `messages:read`.
   */
  listMessages: {
    parameters: {
      query?: {
        /** @description Only messages with this status. */
        status?: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
        /** @description Only messages of this provider. */
        provider?: string;
        /** @description Only messages that have an execution of this function. */
        function?: string;
        /** @description Only messages to this URI: the path after the base path, without slashes at its ends. */
        uri?: string;
        /** @description Only messages with this event type. */
        eventType?: string;
        /** @description Only messages received then or later. */
        from?: string;
        /** @description Only messages received before. */
        to?: string;
        /** @description Only messages with this text in headers or body, letter case ignored; needs messages:details. */
        q?: string;
        /** @description true: only messages that were resubmitted; false: only those that were not. The copies are separate messages. */
        resubmitted?: boolean;
        /** @description Only messages of the problem with this key. */
        problem?: string;
        /** @description Items per page, from 1 to 200. */
        limit?: number;
        /** @description The `nextCursor` of an earlier page; the list continues after it. */
        cursor?: string;
      };
    };
    responses: {
      /** @description A page of the list */
      200: {
        content: {
          "application/json": {
            items: components["schemas"]["Message"][];
            nextCursor: string | null;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Events of messages, as they happen
   * @description Server-sent events. The data of an event is the message as the list shows it, in its current state:
   *
   * - `accepted`: the message is on disk; `ended`: all its executions have ended.
   * - `gap`, first: `Last-Event-ID` is too old to resume; `since` is the time of that event, or null.
   * - `end`, last: `{code, detail}` with `stopping`, `too_slow` or `refused`.
   *
   * Needs `messages:read`.
   */
  followMessages: {
    parameters: {
      query?: {
        /** @description Only messages with this status. */
        status?: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
        /** @description Only messages of this provider. */
        provider?: string;
        /** @description Only messages that have an execution of this function. */
        function?: string;
        /** @description Only messages to this URI: the path after the base path, without slashes at its ends. */
        uri?: string;
        /** @description Only messages with this event type. */
        eventType?: string;
        /** @description Only messages received then or later. */
        from?: string;
        /** @description Only messages received before. */
        to?: string;
        /** @description Only messages with this text in headers or body, letter case ignored; needs messages:details. */
        q?: string;
        /** @description true: only messages that were resubmitted; false: only those that were not. The copies are separate messages. */
        resubmitted?: boolean;
      };
      header?: {
        /** @description The id of the last event that was received: the stream continues after it. */
        "last-event-id"?: string;
      };
    };
    responses: {
      /** @description An endless event stream */
      200: {
        content: {
          "text/event-stream": string;
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      503: components["responses"]["TooManyFollowers"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Counts of messages and percentiles of durations, by time
   * @description Counts messages; with `by=function` executions. `failed` counts those with the status `FAILED`.
   *
   * All filters of the list apply. With `status`, `provider`, `function`, `from` and `to` all messages are counted.
   * With other filters at most 5000 are, the newest first, with `q` at most 1000; `countedFrom` says how far.
   *
   * Needs `messages:read`.
   */
  getMessageStats: {
    parameters: {
      query?: {
        /** @description Only messages with this status. */
        status?: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
        /** @description Only messages of this provider. */
        provider?: string;
        /** @description Only messages that have an execution of this function. */
        function?: string;
        /** @description Only messages to this URI: the path after the base path, without slashes at its ends. */
        uri?: string;
        /** @description Only messages with this event type. */
        eventType?: string;
        /** @description Only messages received then or later. */
        from?: string;
        /** @description Only messages received before. */
        to?: string;
        /** @description Only messages with this text in headers or body, letter case ignored; needs messages:details. */
        q?: string;
        /** @description true: only messages that were resubmitted; false: only those that were not. The copies are separate messages. */
        resubmitted?: boolean;
        /** @description Only messages of the problem with this key. */
        problem?: string;
        /** @description The length of a bucket, in UTC; without it the server chooses at most 180 buckets. */
        bucket?: "minute" | "ten-minutes" | "hour" | "six-hours" | "day";
        /** @description What the series are. */
        by?: "status" | "provider" | "function";
        /** @description The number of series, from 1 to 200; the largest come first. */
        limit?: number;
      };
    };
    responses: {
      /** @description Points and series */
      200: {
        content: {
          "application/json": components["schemas"]["MessageStats"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      422: components["responses"]["UnprocessableRequest"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A message with its trace and executions; headers, results and error texts need `messages:details`, logs `messages:logs`, source lines `scripts:read`
   * @description Needs `messages:read`.
   */
  getMessage: {
    parameters: {
      path: {
        /** @description The id of a message, or the start of it if no other message starts so. */
        id: string;
      };
    };
    responses: {
      /** @description Everything but the body */
      200: {
        content: {
          "application/json": components["schemas"]["MessageDetails"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      409: components["responses"]["Conflict"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The exact bytes of a message's body
   * @description Needs `messages:details`.
   */
  getMessageBody: {
    parameters: {
      path: {
        /** @description The id of a message, or the start of it if no other message starts so. */
        id: string;
      };
    };
    responses: {
      /** @description The body, with the type its sender gave */
      200: {
        content: {
          "*/*": unknown;
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      409: components["responses"]["Conflict"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Resubmits all messages that match a filter, or counts them
   * @description Needs `messages:resubmit`.
   */
  resubmitMessages: {
    parameters: {
      query?: {
        /** @description Only messages with this status. */
        status?: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
        /** @description Only messages of this provider. */
        provider?: string;
        /** @description Only messages that have an execution of this function. */
        function?: string;
        /** @description Only messages to this URI: the path after the base path, without slashes at its ends. */
        uri?: string;
        /** @description Only messages with this event type. */
        eventType?: string;
        /** @description Only messages received then or later. */
        from?: string;
        /** @description Only messages received before. */
        to?: string;
        /** @description Only messages with this text in headers or body, letter case ignored; needs messages:details. */
        q?: string;
        /** @description true: only messages that were resubmitted; false: only those that were not. The copies are separate messages. */
        resubmitted?: boolean;
        /** @description Only messages of the problem with this key. */
        problem?: string;
        /** @description true: only count. */
        dryRun?: boolean;
      };
      header?: {
        /** @description `true`: the response waits for the functions. */
        "flex-sync-webhook"?: string;
      };
    };
    requestBody?: {
      content: {
        "application/json": {
          /**
           * @description Only messages with this status.
           * @enum {string}
           */
          status?: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
          /** @description Only messages of this provider. */
          provider?: string;
          /** @description Only messages that have an execution of this function. */
          function?: string;
          /** @description Only messages to this URI: the path after the base path, without slashes at its ends. */
          uri?: string;
          /** @description Only messages with this event type. */
          eventType?: string;
          /**
           * Format: date-time
           * @description Only messages received then or later.
           */
          from?: string;
          /**
           * Format: date-time
           * @description Only messages received before.
           */
          to?: string;
          /** @description Only messages with this text in headers or body, letter case ignored; needs messages:details. */
          q?: string;
          /** @description true: only messages that were resubmitted; false: only those that were not. The copies are separate messages. */
          resubmitted?: boolean;
          /** @description Only messages of the problem with this key. */
          problem?: string;
          /** @description true: only count. */
          dryRun?: boolean;
          functions?: string[];
          /**
           * @description `current` when left out.
           * @enum {string}
           */
          scripts?: "current" | "original";
        };
      };
    };
    responses: {
      /** @description A dry run: the number of messages */
      200: {
        content: {
          "application/json": {
            dryRun: boolean;
            count: number;
            /** @description How many of the new messages have which status when the call ends; `PENDING` ones still run. Absent in a dry run. */
            statuses?: {
              [key: string]: number;
            };
          };
        };
      };
      /** @description All are accepted again */
      202: {
        content: {
          "application/json": {
            dryRun: boolean;
            count: number;
            /** @description How many of the new messages have which status when the call ends; `PENDING` ones still run. Absent in a dry run. */
            statuses?: {
              [key: string]: number;
            };
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Resubmits a message, unchanged or edited
   * @description Needs `messages:resubmit`.
   */
  resubmitMessage: {
    parameters: {
      header?: {
        /** @description `true`: the response waits for the functions. */
        "flex-sync-webhook"?: string;
      };
      path: {
        /** @description The id of a message, or the start of it if no other message starts so. */
        id: string;
      };
    };
    requestBody?: {
      content: {
        "application/json": components["schemas"]["Resubmission"];
      };
    };
    responses: {
      /** @description Synchronous: every function ended without error */
      200: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      /** @description Accepted */
      202: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      /** @description Synchronous: no provider or function matched; or: Something that the request names is not there (`not_found`) */
      404: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Synchronous: a function failed */
      500: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Failures, rejections and unmatched messages grouped by cause, those of the latest hour first; texts of errors need `messages:details`
   * @description Needs `messages:read`.
   */
  listProblems: {
    parameters: {
      query?: {
        /** @description Only problems of this kind. */
        kind?: "FAILURE" | "REJECTION" | "UNMATCHED";
        /** @description Only problems of this provider. */
        provider?: string;
        /** @description Only failures of this function. */
        function?: string;
        /** @description true: only muted ones; false: only others. */
        muted?: boolean;
        /** @description Only messages received then or later, to the hour. */
        from?: string;
        /** @description Only messages received before, to the hour. */
        to?: string;
        /** @description Items per page, from 1 to 200. */
        limit?: number;
        /** @description The `nextCursor` of an earlier page. */
        cursor?: string;
      };
    };
    responses: {
      /** @description A page of the list */
      200: {
        content: {
          "application/json": {
            /** @description The start of each of `counts`. */
            times: string[];
            items: components["schemas"]["MessageProblem"][];
            nextCursor: string | null;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      422: components["responses"]["UnprocessableRequest"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A problem
   * @description Needs `messages:read`.
   */
  getProblem: {
    parameters: {
      query?: {
        /** @description Only messages received then or later, to the hour. */
        from?: string;
        /** @description Only messages received before, to the hour. */
        to?: string;
      };
      path: {
        /** @description The key of a problem. */
        key: string;
      };
    };
    responses: {
      /** @description The problem */
      200: {
        content: {
          "application/json": {
            key: string;
            /** @enum {string} */
            kind: "FAILURE" | "REJECTION" | "UNMATCHED";
            provider: string | null;
            /** @description The function that failed. */
            function: string | null;
            /** @description The error in the last message, of the function or of the `verify` script. */
            error: components["schemas"]["Failure"] | null;
            /** @description Why the last message was rejected. Null without `messages:details` if a script gave the reason. */
            reason: string | null;
            /** @description The URI of unmatched messages, with `#` in place of ids and numbers. */
            uri: string | null;
            /** @description Messages in the requested time. */
            count: number;
            /**
             * Format: date-time
             * @description When the first message of the log with this problem was received.
             */
            first: string;
            /** Format: date-time */
            last: string;
            /**
             * Format: uuid
             * @description The last message.
             */
            messageId: string;
            /** @description Messages by time: see `times`. */
            counts: number[];
            /** @description Null when it is not muted. */
            muted: ({
              /** Format: date-time */
              at: string;
              until: string | null;
              by: string;
            }) | null;
            /** @description The filter of `/messages` and `/messages/resubmit` that selects its messages. */
            filter: {
              problem: string;
            };
            /** @description The start of each of `counts`. */
            times: string[];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Mutes a problem until it happens again or until a time, or ends its mute
   * @description Needs `messages:resubmit`.
   */
  updateProblem: {
    parameters: {
      path: {
        /** @description The key of a problem. */
        key: string;
      };
    };
    requestBody: {
      content: {
        "application/json": {
          muted: boolean;
          /** @description Muted until this time, even if it happens; without it until it happens again. */
          until?: string | null;
        };
      };
    };
    responses: {
      /** @description The problem */
      200: {
        content: {
          "application/json": {
            key: string;
            /** @enum {string} */
            kind: "FAILURE" | "REJECTION" | "UNMATCHED";
            provider: string | null;
            /** @description The function that failed. */
            function: string | null;
            /** @description The error in the last message, of the function or of the `verify` script. */
            error: components["schemas"]["Failure"] | null;
            /** @description Why the last message was rejected. Null without `messages:details` if a script gave the reason. */
            reason: string | null;
            /** @description The URI of unmatched messages, with `#` in place of ids and numbers. */
            uri: string | null;
            /** @description Messages in the requested time. */
            count: number;
            /**
             * Format: date-time
             * @description When the first message of the log with this problem was received.
             */
            first: string;
            /** Format: date-time */
            last: string;
            /**
             * Format: uuid
             * @description The last message.
             */
            messageId: string;
            /** @description Messages by time: see `times`. */
            counts: number[];
            /** @description Null when it is not muted. */
            muted: ({
              /** Format: date-time */
              at: string;
              until: string | null;
              by: string;
            }) | null;
            /** @description The filter of `/messages` and `/messages/resubmit` that selects its messages. */
            filter: {
              problem: string;
            };
            /** @description The start of each of `counts`. */
            times: string[];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Sets the match order of these providers; those in files keep their priority
   * @description Needs `scripts:write`.
   */
  orderProviders: {
    requestBody: {
      content: {
        "application/json": {
          names: string[];
        };
      };
    };
    responses: {
      /** @description The new priorities */
      200: {
        content: {
          "application/json": {
            items: {
                name: string;
                priority: number;
              }[];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`); or: The script cannot be used; `error` has the position (`script_refused`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * All providers, by name
   * @description Needs `scripts:read`.
   */
  listProviders: {
    responses: {
      /** @description All installed ones, without their scripts */
      200: {
        content: {
          "application/json": {
            items: components["schemas"]["ListedProvider"][];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A new provider, kept in the database
   * @description Needs `scripts:write`.
   */
  createProvider: {
    requestBody: {
      content: {
        "application/json": components["schemas"]["NewProvider"];
      };
    };
    responses: {
      /** @description It is in use from the next message on. Without `scripts:read` only its state. */
      201: {
        content: {
          "application/json": components["schemas"]["Provider"] | components["schemas"]["DefinitionState"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`); or: The script cannot be used; `error` has the position (`script_refused`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A provider with its script
   * @description Needs `scripts:read`.
   */
  getProvider: {
    parameters: {
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    responses: {
      /** @description The definition and the script */
      200: {
        content: {
          "application/json": components["schemas"]["Provider"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Uninstalls a provider; its versions and messages stay
   * @description Needs `scripts:write`.
   */
  deleteProvider: {
    parameters: {
      query?: {
        /** @description `true` deletes the functions of a provider with it; without it they keep it. */
        cascade?: boolean;
      };
      header?: {
        /** @description The `ETag` of the version to change; another version is not changed. */
        "if-match"?: string;
      };
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    responses: {
      /** @description It is no longer used */
      204: {
        content: {
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      409: components["responses"]["Conflict"];
      412: components["responses"]["PreconditionFailed"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Changes some fields of a provider, as a new version
   * @description Needs `scripts:write`.
   */
  updateProvider: {
    parameters: {
      header?: {
        /** @description The `ETag` of the version to change; another version is not changed. */
        "if-match"?: string;
      };
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["ProviderChanges"];
      };
    };
    responses: {
      /** @description The version now in use. Without `scripts:read` only its state. */
      200: {
        content: {
          "application/json": components["schemas"]["Provider"] | components["schemas"]["DefinitionState"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      412: components["responses"]["PreconditionFailed"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`); or: The script cannot be used; `error` has the position (`script_refused`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * All versions of a provider, newest first
   * @description Needs `scripts:read`.
   */
  listProviderVersions: {
    parameters: {
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    responses: {
      /** @description Includes versions of an uninstalled one */
      200: {
        content: {
          "application/json": {
            items: ({
                number: number;
                version: string;
                /** @enum {string} */
                source: "file" | "database";
                /** @description The name of a token; null for files. */
                author: string | null;
                note: string | null;
                /** Format: date-time */
                createdAt: string;
                /** @description Whether this version is in use. */
                active: boolean;
                /** @description When it was last put to use; null for never. */
                lastUsedAt: string | null;
              })[];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A version of a provider with its script
   * @description Needs `scripts:read`.
   */
  getProviderVersion: {
    parameters: {
      path: {
        /** @description The name of the provider or function. */
        name: string;
        /** @description The number of a version, or its hash. */
        number: string;
      };
    };
    responses: {
      /** @description The definition and the script of that version */
      200: {
        content: {
          "application/json": {
            number: number;
            version: string;
            /** @enum {string} */
            source: "file" | "database";
            /** @description The name of a token; null for files. */
            author: string | null;
            note: string | null;
            /** Format: date-time */
            createdAt: string;
            /** @description Whether this version is in use. */
            active: boolean;
            definition: components["schemas"]["ProviderDefinition"];
            script: string;
            /** @description Shared modules, source by path. */
            modules: {
              [key: string]: string;
            };
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Puts a version of a provider to use, also of an uninstalled one
   * @description Needs `scripts:write`.
   */
  activateProviderVersion: {
    parameters: {
      header?: {
        /** @description The `ETag` of the version to change; another version is not changed. */
        "if-match"?: string;
      };
      path: {
        /** @description The name of the provider or function. */
        name: string;
        /** @description The number of a version, or its hash. */
        number: string;
      };
    };
    responses: {
      /** @description The version now in use */
      200: {
        content: {
          "application/json": components["schemas"]["Version"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      409: components["responses"]["Conflict"];
      412: components["responses"]["PreconditionFailed"];
      417: components["responses"]["ExpectationFailed"];
      /** @description The script cannot be used; `error` has the position (`script_refused`); or: A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * All functions, by name
   * @description Needs `scripts:read`.
   */
  listFunctions: {
    responses: {
      /** @description All installed ones, without their scripts */
      200: {
        content: {
          "application/json": {
            items: components["schemas"]["ListedFunction"][];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A new function, kept in the database
   * @description Needs `scripts:write`.
   */
  createFunction: {
    requestBody: {
      content: {
        "application/json": components["schemas"]["NewFunction"];
      };
    };
    responses: {
      /** @description It is in use from the next message on. Without `scripts:read` only its state. */
      201: {
        content: {
          "application/json": components["schemas"]["Function"] | components["schemas"]["DefinitionState"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`); or: The script cannot be used; `error` has the position (`script_refused`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A function with its script
   * @description Needs `scripts:read`.
   */
  getFunction: {
    parameters: {
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    responses: {
      /** @description The definition and the script */
      200: {
        content: {
          "application/json": components["schemas"]["Function"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Uninstalls a function; its versions and messages stay
   * @description Needs `scripts:write`.
   */
  deleteFunction: {
    parameters: {
      header?: {
        /** @description The `ETag` of the version to change; another version is not changed. */
        "if-match"?: string;
      };
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    responses: {
      /** @description It is no longer used */
      204: {
        content: {
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      409: components["responses"]["Conflict"];
      412: components["responses"]["PreconditionFailed"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Changes some fields of a function, as a new version
   * @description Needs `scripts:write`.
   */
  updateFunction: {
    parameters: {
      header?: {
        /** @description The `ETag` of the version to change; another version is not changed. */
        "if-match"?: string;
      };
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["FunctionChanges"];
      };
    };
    responses: {
      /** @description The version now in use. Without `scripts:read` only its state. */
      200: {
        content: {
          "application/json": components["schemas"]["Function"] | components["schemas"]["DefinitionState"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      412: components["responses"]["PreconditionFailed"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`); or: The script cannot be used; `error` has the position (`script_refused`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * All versions of a function, newest first
   * @description Needs `scripts:read`.
   */
  listFunctionVersions: {
    parameters: {
      path: {
        /** @description The name of the provider or function. */
        name: string;
      };
    };
    responses: {
      /** @description Includes versions of an uninstalled one */
      200: {
        content: {
          "application/json": {
            items: ({
                number: number;
                version: string;
                /** @enum {string} */
                source: "file" | "database";
                /** @description The name of a token; null for files. */
                author: string | null;
                note: string | null;
                /** Format: date-time */
                createdAt: string;
                /** @description Whether this version is in use. */
                active: boolean;
                /** @description When it was last put to use; null for never. */
                lastUsedAt: string | null;
              })[];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A version of a function with its script
   * @description Needs `scripts:read`.
   */
  getFunctionVersion: {
    parameters: {
      path: {
        /** @description The name of the provider or function. */
        name: string;
        /** @description The number of a version, or its hash. */
        number: string;
      };
    };
    responses: {
      /** @description The definition and the script of that version */
      200: {
        content: {
          "application/json": {
            number: number;
            version: string;
            /** @enum {string} */
            source: "file" | "database";
            /** @description The name of a token; null for files. */
            author: string | null;
            note: string | null;
            /** Format: date-time */
            createdAt: string;
            /** @description Whether this version is in use. */
            active: boolean;
            definition: components["schemas"]["FunctionDefinition"];
            script: string;
            /** @description Shared modules, source by path. */
            modules: {
              [key: string]: string;
            };
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Puts a version of a function to use, also of an uninstalled one
   * @description Needs `scripts:write`.
   */
  activateFunctionVersion: {
    parameters: {
      header?: {
        /** @description The `ETag` of the version to change; another version is not changed. */
        "if-match"?: string;
      };
      path: {
        /** @description The name of the provider or function. */
        name: string;
        /** @description The number of a version, or its hash. */
        number: string;
      };
    };
    responses: {
      /** @description The version now in use */
      200: {
        content: {
          "application/json": components["schemas"]["Version"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      409: components["responses"]["Conflict"];
      412: components["responses"]["PreconditionFailed"];
      417: components["responses"]["ExpectationFailed"];
      /** @description The script cannot be used; `error` has the position (`script_refused`); or: A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Sets a property, in force from the next message on; a secret one needs `admin`
   * @description Needs `scripts:write`.
   */
  setProperty: {
    parameters: {
      path: {
        /** @description The name of the provider. */
        name: string;
        /** @description The name of the property in the provider's definition. */
        property: string;
      };
    };
    requestBody: {
      content: {
        "application/json": {
          value?: string;
          /** @description All accepted values, for rotation: the first is the current one. */
          values?: string[];
        };
      };
    };
    responses: {
      /** @description The value is in force */
      200: {
        content: {
          "application/json": {
            provider: string;
            name: string;
            secret: boolean;
            set: boolean;
            /** @description How many values are accepted. */
            values: number;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Removes the values set for a property; a secret one needs `admin`
   * @description Needs `scripts:write`.
   */
  deleteProperty: {
    parameters: {
      path: {
        /** @description The name of the provider. */
        name: string;
        /** @description The name of the property in the provider's definition. */
        property: string;
      };
    };
    responses: {
      /** @description The value of the environment variable is in force again */
      204: {
        content: {
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Tries a script on a message; side effects are recorded instead of performed
   * @description Side effects are performed with `effects: "perform"`. That needs `admin` for a function that stands in files, and if `http.privateNetworks` is granted. Source lines in errors need `scripts:read`. Every test run is in the audit log.
   *
   * Needs `scripts:write`.
   */
  runTest: {
    requestBody: {
      content: {
        "application/json": {
          /** @description The name of an installed one; or a draft: the fields of its JSON file, of an installed one only those that change. */
          provider?: string | components["schemas"]["ProviderFields"];
          /** @description The name of an installed one; or a draft: the fields of its JSON file, of an installed one only those that change. */
          function?: string | components["schemas"]["FunctionFields"];
          /** @description Used instead of the installed script. */
          script?: string;
          /** @description The id of a message, or the start of it if no other message starts so. */
          messageId?: string;
          request?: {
            /** @description `POST` when left out. */
            method?: string;
            /** @description The path after the base path: `git/push`. */
            uri?: string;
            /** @description As sent, without the question mark. */
            query?: string;
            headers?: ({
              [key: string]: string | string[];
            }) | string[][];
            /** @description Text as it is, any other JSON value as it is written in the request. */
            body?: unknown;
          };
          /**
           * @description Whether `http` calls and `kv` writes are only recorded, or performed. `record` when left out.
           * @enum {string}
           */
          effects?: "record" | "perform";
          /** @description Canned responses for `http.fetch`. */
          answers?: {
              /** @description A URL; with `*` at the end, a prefix. */
              url: string;
              /** @description `200` when left out. */
              status?: number;
              headers?: {
                [key: string]: string;
              };
              /** @description Text as it is, any other JSON value as it is written in the request. */
              body?: unknown;
            }[];
        };
      };
    };
    responses: {
      /** @description The result */
      200: {
        content: {
          "application/json": OneOf<[{
            /** @constant */
            kind: "provider";
            matched: boolean;
            /** @description Why the script did not run: the part of its `when` that the request does not meet. */
            passedOver?: string;
            warning?: string;
            error: components["schemas"]["Failure"] | null;
            verification: components["schemas"]["Verification"] | null;
            eventType: string | null;
            deliveryId: string | null;
            handshake: components["schemas"]["ScriptedAnswer"] | null;
            logs: components["schemas"]["LogLine"][];
            durationMs: number;
          }, {
            /** @constant */
            kind: "function";
            /** @enum {string} */
            outcome: "SUCCESS" | "FILTERED" | "FAILED" | "INTERRUPTED";
            message: string | null;
            result: unknown;
            response: components["schemas"]["ScriptedAnswer"] | null;
            error: components["schemas"]["Failure"] | null;
            logs: components["schemas"]["LogLine"][];
            calls: {
                call: string;
                asked: {
                  [key: string]: unknown;
                };
                answered: unknown;
                performed: boolean;
              }[];
            durationMs: number;
          }]>;
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`); or: The script cannot be used; `error` has the position (`script_refused`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The last backtests since the server started, newest first
   * @description Needs `scripts:read`.
   */
  listBacktests: {
    responses: {
      /** @description Their states */
      200: {
        content: {
          "application/json": {
            items: components["schemas"]["Backtest"][];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Shows what drafts would change for past messages, before they are installed
   * @description With `last: 0` the drafts are only checked: no message is read, and the response is the whole result. A backtest is cancelled when the token that started it is deleted, expires or changes.
   *
   * Needs `scripts:write`.
   */
  startBacktest: {
    requestBody: {
      content: {
        "application/json": {
          /** @description Fields of the JSON file, and the script; for an installed one only the fields that change. */
          providers?: components["schemas"]["ProviderDraft"][];
          /** @description Fields of the JSON file, and the script; for an installed one only the fields that change. */
          functions?: components["schemas"]["FunctionDraft"][];
          /** @description Providers in the order in which they match. */
          order?: string[];
          /** @description How many messages, newest first; with 0 the drafts are only checked. `1000` when left out. */
          last?: number;
          filter?: {
            /**
             * @description Only messages with this status.
             * @enum {string}
             */
            status?: "PENDING" | "SUCCESS" | "FAILED" | "UNMATCHED" | "REJECTED" | "DUPLICATE" | "HANDSHAKE";
            /** @description Only messages of this provider. */
            provider?: string;
            /** @description Only messages that have an execution of this function. */
            function?: string;
            /** @description Only messages to this URI: the path after the base path, without slashes at its ends. */
            uri?: string;
            /** @description Only messages with this event type. */
            eventType?: string;
            /**
             * Format: date-time
             * @description Only messages received then or later.
             */
            from?: string;
            /**
             * Format: date-time
             * @description Only messages received before.
             */
            to?: string;
            /** @description Only messages with this text in headers or body, letter case ignored; needs messages:details. */
            q?: string;
            /** @description true: only messages that were resubmitted; false: only those that were not. The copies are separate messages. */
            resubmitted?: boolean;
            /** @description Only messages of the problem with this key. */
            problem?: string;
          };
        };
      };
    };
    responses: {
      /** @description The backtest runs, or the drafts were checked */
      202: {
        content: {
          "application/json": components["schemas"]["Backtest"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`); or: The script cannot be used; `error` has the position (`script_refused`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The progress and results of a backtest
   * @description Needs `scripts:read`.
   */
  getBacktest: {
    parameters: {
      path: {
        /** @description The id of the backtest. */
        id: string;
      };
    };
    responses: {
      /** @description Its state */
      200: {
        content: {
          "application/json": components["schemas"]["Backtest"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Ends and removes a backtest, with its results
   * @description Needs `scripts:write`.
   */
  deleteBacktest: {
    parameters: {
      path: {
        /** @description The id of the backtest. */
        id: string;
      };
    };
    responses: {
      /** @description Its last state */
      200: {
        content: {
          "application/json": components["schemas"]["Backtest"];
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The messages whose result would change, newest first; or those selected with `which`
   * @description Needs `messages:details`.
   */
  listBacktestItems: {
    parameters: {
      query?: {
        /** @description Which messages to list. */
        which?: "changed" | "byNobody" | "bySeveral" | "faults" | "failing" | "all";
        /** @description Items per page, from 1 to 200. */
        limit?: number;
        /** @description The `nextCursor` of an earlier page. */
        cursor?: number;
      };
      path: {
        /** @description The id of the backtest. */
        id: string;
      };
    };
    responses: {
      /** @description A page of the list, as far as messages are compared */
      200: {
        content: {
          "application/json": {
            items: components["schemas"]["ComparedMessage"][];
            nextCursor: string | null;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * All tokens by name, expired ones included
   * @description Needs `admin`.
   */
  listTokens: {
    responses: {
      /** @description The tokens without their values */
      200: {
        content: {
          "application/json": {
            items: components["schemas"]["Token"][];
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A new token
   * @description Needs `admin`.
   */
  createToken: {
    requestBody: {
      content: {
        "application/json": {
          name: string;
          permissions: ("messages:read" | "messages:details" | "messages:logs" | "messages:resubmit" | "scripts:read" | "scripts:write" | "admin")[];
          /** Format: date-time */
          expiresAt?: string;
        };
      };
    };
    responses: {
      /** @description The token; its value is shown only now */
      201: {
        content: {
          "application/json": {
            name: string;
            permissions: ("messages:read" | "messages:details" | "messages:logs" | "messages:resubmit" | "scripts:read" | "scripts:write" | "admin")[];
            /** Format: date-time */
            createdAt: string;
            /** @description The name of the token that created it; null for the server. */
            createdBy: string | null;
            expiresAt: string | null;
            /** @description Precise to a minute. */
            lastUsedAt: string | null;
            token: string;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      408: components["responses"]["RequestTimeout"];
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      417: components["responses"]["ExpectationFailed"];
      /** @description A value is of the right form and cannot be used, for example the name of nothing (`unprocessable`); or: No sender could send a message like this, or the JSON is nested too deeply (`invalid_message`) */
      422: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Removes a token at once, also the token of the call itself
   * @description Needs `admin`.
   */
  deleteToken: {
    parameters: {
      path: {
        /** @description The name of the token. */
        name: string;
      };
    };
    responses: {
      /** @description The token is refused from now on */
      204: {
        content: {
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      409: components["responses"]["Conflict"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A link that signs in once, within ten minutes, with the token of this call
   * @description Needs `admin`.
   */
  createSignInLink: {
    responses: {
      /** @description The link; it is shown only now */
      201: {
        content: {
          "application/json": {
            url: string;
            code: string;
            /** Format: date-time */
            expiresAt: string;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * The session of this call
   * @description Needs a token or a session; any permission will do.
   */
  getCurrentSession: {
    responses: {
      /** @description The session */
      200: {
        content: {
          "application/json": {
            /** Format: uuid */
            id: string;
            /** @description The name of the token, or of the user of the identity provider. */
            name: string;
            permissions: ("messages:read" | "messages:details" | "messages:logs" | "messages:resubmit" | "scripts:read" | "scripts:write" | "admin")[];
            /**
             * @description How the person signed in: with a token, a one-time link, or OpenID Connect.
             * @enum {string}
             */
            via: "token" | "link" | "oidc";
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description The latest end. Without calls the session ends earlier.
             */
            expiresAt: string;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Signs out: ends the session of this call and removes its cookie
   * @description Needs a token or a session; any permission will do.
   */
  signOut: {
    responses: {
      /** @description The session is refused from now on */
      204: {
        content: {
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Ends a session of the caller's token at once; with `admin`, any session
   * @description Needs a token or a session; any permission will do.
   */
  endSession: {
    parameters: {
      path: {
        /** @description The id of the session. */
        id: string;
      };
    };
    responses: {
      /** @description The session is refused from now on */
      204: {
        content: {
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["NotFound"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Who did what, newest first
   * @description Needs `admin`.
   */
  listAuditEntries: {
    parameters: {
      query?: {
        /** @description The name of a token. */
        caller?: string;
        /** @description What was done. */
        action?: "token.create" | "token.set" | "token.delete" | "session.start" | "session.end" | "session.link" | "property.set" | "property.delete" | "key.rotate" | "provider.create" | "provider.change" | "provider.delete" | "function.create" | "function.change" | "function.delete" | "message.resubmit" | "message.read" | "message.search" | "test-run.start" | "backtest.start" | "backtest.cancel" | "backtest.read" | "problem.mute" | "problem.unmute";
        /** @description A name, the id of a message or the start of it, or `provider/property` for properties. */
        target?: string;
        /** @description Only entries made then or later. */
        from?: string;
        /** @description Only entries made before. */
        to?: string;
        /** @description Items per page, from 1 to 200. */
        limit?: number;
        /** @description The `nextCursor` of an earlier page. */
        cursor?: string;
      };
    };
    responses: {
      /** @description A page of the list */
      200: {
        content: {
          "application/json": {
            items: components["schemas"]["AuditEntry"][];
            nextCursor: string | null;
          };
        };
      };
      400: components["responses"]["BadRequest"];
      401: components["responses"]["Unauthorized"];
      403: components["responses"]["Forbidden"];
      406: components["responses"]["NotAcceptable"];
      417: components["responses"]["ExpectationFailed"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["TooManyHeaders"];
      /** @description Any other error */
      default: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * A webhook by GET, as some handshakes use
   * @description Any method, any type, any bytes. `uri` is the rest of the path and may hold slashes; the query string is passed on.
   *
   * Answered `202` once the message is on disk. With `flex-sync-webhook: true`, or if the provider or a function is synchronous, the response waits for the functions. A function's own response, or the response to a handshake, may have any status, type and body.
   */
  ask_webhooks_v1: {
    parameters: {
      header?: {
        /** @description `true`: the response waits for the functions. */
        "flex-sync-webhook"?: string;
      };
      path: {
        /** @description The rest of the path. */
        uri: string;
      };
    };
    responses: {
      /** @description Synchronous: every function ended without error */
      200: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      /** @description Stored */
      202: {
        content: {
          "application/json": {
            /** Format: uuid */
            messageId: string;
          };
        };
      };
      /** @description The path cannot be decoded, or the body ended too early */
      400: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description The provider's verification failed, and the message is stored as REJECTED; with `WWW-Authenticate` if basic authentication was expected */
      401: {
        content: {
          "application/json": unknown;
        };
      };
      /** @description No provider or function matched: synchronous, or with HOOKYARD_UNMATCHED_STATUS=404 */
      404: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      /** @description The body came too slowly; nothing was stored */
      408: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description The body is too large, as it came or decoded; nothing was stored */
      413: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      417: components["responses"]["ExpectationFailed"];
      /** @description Too many requests; Retry-After says when to try again */
      429: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      431: components["responses"]["TooManyHeaders"];
      /** @description Synchronous: a function failed */
      500: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      /** @description Nothing was stored; Retry-After says when to try again */
      503: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description The response of a function or a handshake */
      default: {
        content: never;
      };
    };
  };
  /**
   * A webhook
   * @description Any method, any type, any bytes. `uri` is the rest of the path and may hold slashes; the query string is passed on.
   *
   * Answered `202` once the message is on disk. With `flex-sync-webhook: true`, or if the provider or a function is synchronous, the response waits for the functions. A function's own response, or the response to a handshake, may have any status, type and body.
   */
  send_webhooks_v1: {
    parameters: {
      header?: {
        /** @description `true`: the response waits for the functions. */
        "flex-sync-webhook"?: string;
      };
      path: {
        /** @description The rest of the path. */
        uri: string;
      };
    };
    requestBody?: {
      content: {
        "*/*": unknown;
      };
    };
    responses: {
      /** @description Synchronous: every function ended without error */
      200: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      /** @description Stored */
      202: {
        content: {
          "application/json": {
            /** Format: uuid */
            messageId: string;
          };
        };
      };
      /** @description The path cannot be decoded, or the body ended too early */
      400: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description The provider's verification failed, and the message is stored as REJECTED; with `WWW-Authenticate` if basic authentication was expected */
      401: {
        content: {
          "application/json": unknown;
        };
      };
      /** @description No provider or function matched: synchronous, or with HOOKYARD_UNMATCHED_STATUS=404 */
      404: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      /** @description The body came too slowly; nothing was stored */
      408: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description The body is too large, as it came or decoded; nothing was stored */
      413: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      417: components["responses"]["ExpectationFailed"];
      /** @description Too many requests; Retry-After says when to try again */
      429: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      431: components["responses"]["TooManyHeaders"];
      /** @description Synchronous: a function failed */
      500: {
        content: {
          "application/json": components["schemas"]["MessageSummary"];
        };
      };
      /** @description Nothing was stored; Retry-After says when to try again */
      503: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      /** @description The response of a function or a handshake */
      default: {
        content: never;
      };
    };
  };
  /**
   * Is the process up?
   * @description Answered as long as the process runs.
   */
  getHealthz: {
    responses: {
      /** @description Yes */
      200: {
        content: {
          "application/json": {
            /** @constant */
            status: "up";
          };
        };
      };
      417: components["responses"]["ExpectationFailed"];
      431: components["responses"]["TooManyHeaders"];
      /** @description No; Retry-After says when to ask again */
      503: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Can it accept and run?
   * @description Answered `200` if it could write to the database within the last two seconds.
   */
  getReadyz: {
    responses: {
      /** @description Yes */
      200: {
        content: {
          "application/json": {
            /** @constant */
            status: "ready";
          };
        };
      };
      417: components["responses"]["ExpectationFailed"];
      431: components["responses"]["TooManyHeaders"];
      /** @description No; Retry-After says when to ask again */
      503: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
  };
  /**
   * Figures for Prometheus
   * @description Needs the token set as `HOOKYARD_METRICS_TOKEN`, when one is set.
   */
  getMetrics: {
    responses: {
      /** @description Prometheus' text format */
      200: {
        content: {
          "text/plain": string;
        };
      };
      /** @description Not the token that is set */
      401: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      417: components["responses"]["ExpectationFailed"];
      /** @description Too many wrong tokens came from this address */
      429: {
        content: {
          "application/problem+json": components["schemas"]["Problem"];
        };
      };
      431: components["responses"]["TooManyHeaders"];
    };
  };
}
