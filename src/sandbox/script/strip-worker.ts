/** The worker thread that removes types from scripts; see `type-stripper.ts`. */
import { stripTypeScriptTypes } from "node:module";
import { parentPort } from "node:worker_threads";
import type { Stripped } from "./type-stripper.ts";

function strip(text: string): Stripped {
  try {
    return { code: stripTypeScriptTypes(text) };
  } catch (error) {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return { message, stack, errorCode: code };
  }
}

parentPort?.on("message", (text: string) => parentPort?.postMessage(strip(text)));
