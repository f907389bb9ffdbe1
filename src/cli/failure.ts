/** An error that ends a command: printed as text, never with a stack. */

/** Shown by `hookyard --help` and in `src/cli/README.md`. */
export const EXIT = { fine: 0, failed: 1, usage: 2 } as const;

/** The message says what was found, what was expected and what to do. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;
  /** Problem details from the API, for `--json`. */
  readonly problem: Readonly<Record<string, unknown>> | undefined;

  constructor(
    message: string,
    options: {
      readonly exitCode?: number;
      readonly problem?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.problem = options.problem;
  }
}

export const usage = (message: string): Failure => new Failure(message, { exitCode: EXIT.usage });
