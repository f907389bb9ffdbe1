/** A store on a new file, with a second connection that reads it or locks it. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Store } from "../../src/store/store.ts";
import { tempFolder } from "./temp-folder.ts";

export function openFresh() {
  const folder = tempFolder().path;
  const path = join(folder, "hookyard.db");
  const store = new Store(path);
  const sqlite = new Database(path);
  return {
    store,
    sqlite,
    [Symbol.dispose]: () => {
      sqlite.close();
      store[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
