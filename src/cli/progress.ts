/** A progress bar, on a terminal only. */
import { isInteractive } from "./confirm.ts";

export interface Progress extends Disposable {
  /** `done` counts from 0 to the maximum. */
  at(done: number, text: string): void;
}

const SILENT: Progress = { at: () => undefined, [Symbol.dispose]: () => undefined };

export async function progressTo(max: number, title: string): Promise<Progress> {
  if (max === 0 || !isInteractive()) return SILENT;
  const { progress } = await import("@clack/prompts");
  const bar = progress({ max, output: process.stderr });
  bar.start(title);
  let before = 0;
  return {
    at: (done, text) => {
      bar.advance(done - before, text);
      before = done;
    },
    [Symbol.dispose]: () => bar.stop(title),
  };
}
