/** A real program that sends webhooks, and what the server needs to know of it. */

/** Where a program is installed, and where it sends to. */
export interface Place {
  readonly folder: string;
  readonly url: string;
  /** How many answers it has received. */
  readonly answers: () => number;
}

export interface Sender {
  /** Names its folder, its function, and the last segment of its URI. */
  readonly name: string;
  /** Packages of npm with their exact versions, the program first. */
  readonly packages: readonly [program: string, ...others: string[]];
  /** Versions that replace those a dependency of the program asks for. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** The provider that must match. */
  readonly provider: string;
  /** The generic provider that this one is a copy of; absent for a shipped provider. */
  readonly copyOf?: "token" | "basic";
  /** Variables of the provider's properties. */
  readonly properties: Readonly<Record<string, string>>;
  /** The script of the function, if the program waits for its answer. */
  readonly answers?: string;
  /** The number of messages that it sends. */
  readonly messages: number;
  /** Sends them, and ends the program. */
  readonly run: (place: Place) => Promise<void>;
}

/** The one secret of all programs, so that only one text has to be kept out of the output. */
export const SECRET = "a-secret-of-real-senders-only";

export const uriOf = ({ name }: Pick<Sender, "name">): string => `senders/${name}`;
