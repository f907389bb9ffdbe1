/** Makes storage fail or slow down, for tests that run in the process of the server. */
import { execFileSync } from "node:child_process";
import { close, closeSync, constants, open, openSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

/** Makes the database refuse each message until disposed of. */
export function fullDisk(folder: string): Disposable {
  const other = new Database(join(folder, "data/hookyard.db"));
  other.exec("CREATE TRIGGER full BEFORE INSERT ON content BEGIN SELECT RAISE(ABORT, 'full'); END");
  return {
    [Symbol.dispose]: () => {
      other.exec("DROP TRIGGER full");
      other.close();
    },
  };
}

/** The number of Node's threads for file operations. */
const THREADS = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);

/** Blocks each fsync until disposed of, because all threads wait to open pipes without a writer. */
export function slowDisk(folder: string): Disposable {
  const pipes = Array.from({ length: THREADS }, (_, index) => join(folder, `pipe-${index}`));
  execFileSync("mkfifo", pipes);
  for (const pipe of pipes) open(pipe, "r", (error, fd) => error ?? close(fd));
  return {
    [Symbol.dispose]: () => {
      // Opening both ends at once does not block, and unblocks the reader.
      for (const pipe of pipes) closeSync(openSync(pipe, constants.O_RDWR));
    },
  };
}
