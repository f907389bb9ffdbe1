/**
 * A call's permission is checked once, when it begins. Whatever goes on after that (a stream, a slow download, a bulk
 * call, a backtest) is watched here, and told when its token was deleted, made again, expired or got other permissions.
 */
import { HookyardError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Caller } from "../model/permission.ts";
import type { TokenStore } from "../store/access/token-store.ts";
import { tokenCaller } from "./authenticate.ts";

/** Ending within a second leaves time for a busy machine. */
const LOOK_EVERY_MS = 250;

export interface TokenWatchDeps {
  readonly store: { readonly tokens: TokenStore };
  readonly log: Logger;
  readonly now: () => number;
}

/** For as long as it is not disposed: `ended` is aborted once the token is no longer what it was. */
export interface TokenLife extends Disposable {
  readonly ended: AbortSignal;
  /** Looks now, for a step that must not be taken for a token that has just ended. Throws `unauthorized`. */
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
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    const { signal: ended } = watched.ending;
    return {
      ended,
      assertGood: () => {
        if (ended.aborted || !this.#isGood(caller)) throw tokenEnded();
      },
      [Symbol.dispose]: () => this.#watched.delete(watched),
    };
  }

  #look(): void {
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const known = new Map<string, boolean>();
    for (const watched of this.#watched) {
      const { caller, ending } = watched;
      const isGood = known.get(caller.id) ?? this.#isGoodOrUnknown(caller);
      known.set(caller.id, isGood);
      if (isGood) continue;
      this.#watched.delete(watched);
      ending.abort(tokenEnded());
    }
  }

  #isGoodOrUnknown(caller: Caller): boolean {
    try {
      return this.#isGood(caller);
    } catch (err) {
      this.#deps.log.warn({ err }, "tokens could not be read; they are looked at again");
      return true;
    }
  }

  #isGood({ id, name, permissions }: Caller): boolean {
    const { store, now } = this.#deps;
    const current = tokenCaller(store.tokens.byId(id), now());
    return (
      current !== undefined &&
      current.name === name &&
      current.permissions.symmetricDifference(new Set(permissions)).size === 0
    );
  }
}

export const tokenEnded = (): HookyardError =>
  new HookyardError(
    "unauthorized",
    "the token was deleted, has expired or has other permissions now: this call ended before it was done; make it again with a token that is good",
  );
