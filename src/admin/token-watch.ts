/**
 * A call's permission is checked once, when it begins. This watch covers work that goes on after that (a stream, a slow
 * download, a bulk call, a backtest): it signals when the token is deleted, replaced, expires or changes permissions,
 * and when the session ends.
 */
import { HookyardError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Caller } from "../model/permission.ts";
import type { Credentials } from "./credentials.ts";

/** Calls end well within a second, even on a busy machine. */
const CHECK_EVERY_MS = 250;

export interface TokenWatchDeps {
  readonly credentials: Pick<Credentials, "current">;
  readonly log: Logger;
}

/** Until it is disposed, `ended` is aborted when the token or session ends or changes. */
export interface TokenLife extends Disposable {
  readonly ended: AbortSignal;
  /** Checks at once, for a step that must not be taken with an ended token. Throws `unauthorized`. */
  readonly assertGood: () => void;
}

interface Watched {
  readonly caller: Caller;
  readonly ending: AbortController;
}

export class TokenWatch {
  readonly #deps: TokenWatchDeps;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: TokenWatchDeps) {
    this.#deps = deps;
  }

  follow(caller: Caller): TokenLife {
    const watched: Watched = { caller, ending: new AbortController() };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#check(), CHECK_EVERY_MS).unref();
    const { signal: ended } = watched.ending;
    return {
      ended,
      assertGood: () => {
        if (ended.aborted || !this.#isGood(caller)) throw tokenEnded(caller);
      },
      [Symbol.dispose]: () => this.#watched.delete(watched),
    };
  }

  #check(): void {
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const known = new Map<string, boolean>();
    for (const watched of this.#watched) {
      const { caller, ending } = watched;
      const key = caller.session ?? caller.id;
      const isGood = known.get(key) ?? this.#isGoodOrUnknown(caller);
      known.set(key, isGood);
      if (isGood) continue;
      this.#watched.delete(watched);
      ending.abort(tokenEnded(caller));
    }
  }

  #isGoodOrUnknown(caller: Caller): boolean {
    try {
      return this.#isGood(caller);
    } catch (err) {
      this.#deps.log.warn({ err }, "tokens could not be read; the check is repeated");
      return true;
    }
  }

  #isGood(caller: Caller): boolean {
    const { name, permissions } = caller;
    const current = this.#deps.credentials.current(caller);
    return (
      current !== undefined &&
      current.name === name &&
      current.permissions.symmetricDifference(new Set(permissions)).size === 0
    );
  }
}

export const tokenEnded = ({ session }: Caller): HookyardError =>
  new HookyardError(
    "unauthorized",
    session === undefined
      ? "the token was deleted, has expired or has other permissions now, so this call was ended: repeat it with a valid token"
      : "the session was ended, has expired or has other permissions now, so this call was ended: sign in again",
  );
