/** The checkpointer's thread: copies the write-ahead log on its own connection, once per request. */
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";

const sqlite = new Database(workerData, { fileMustExist: true });
sqlite.pragma("synchronous = NORMAL");
const checkpoint = sqlite.prepare("PRAGMA wal_checkpoint(PASSIVE)");

parentPort?.on("message", () => {
  checkpoint.get();
  parentPort?.postMessage("done");
});
