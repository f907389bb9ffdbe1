/** Storage that refuses or takes long, as tests in its own process can make it. */
import { execFileSync } from "node:child_process";
import { close, closeSync, constants, open, openSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

/** Whatever is sent is refused by the storage while it is there. */
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

/** As many as Node has for files. */
const THREADS = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);

/** No fsync is made while it is there: all threads that could are busy opening a pipe nobody writes to. */
export function slowDisk(folder: string): Disposable {
  const pipes = Array.from({ length: THREADS }, (_, index) => join(folder, `pipe-${index}`));
  execFileSync("mkfifo", pipes);
  for (const pipe of pipes) open(pipe, "r", (error, fd) => error ?? close(fd));
  return {
    [Symbol.dispose]: () => {
      // Whoever opens both ends waits for nobody.
      for (const pipe of pipes) closeSync(openSync(pipe, constants.O_RDWR));
    },
  };
}
