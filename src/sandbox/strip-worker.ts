/** The thread in which types are removed from scripts; see `type-stripper.ts`. */
import { stripTypeScriptTypes } from "node:module";
import { type MessagePort, workerData } from "node:worker_threads";
import type { Stripped } from "./type-stripper.ts";

const { port, signal }: { readonly port: MessagePort; readonly signal: Int32Array } = workerData;

function strip(text: string): Stripped {
  try {
    return { code: stripTypeScriptTypes(text) };
  } catch (error) {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return { message, stack, errorCode: code };
  }
}

port.on("message", (text: string) => {
  port.postMessage(strip(text));
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
