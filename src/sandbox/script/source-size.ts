/** Size limits of scripts. Larger ones are bundled programs or data, and every isolate would hold them. */
import type { Fault } from "../wire/protocol.ts";

const KB = 1024;
const MAX_FILE_BYTES = 256 * KB;
const MAX_SCRIPT_BYTES = 5 * KB * KB;

export function fileTooLarge(path: string, source: string): Fault | undefined {
  const bytes = Buffer.byteLength(source);
  if (bytes <= MAX_FILE_BYTES) return undefined;
  const limit = `a file may have at most ${MAX_FILE_BYTES} (${MAX_FILE_BYTES / KB} KB)`;
  return sizeFault(`${path} has ${bytes} bytes, ${limit}: split it into files of _lib`);
}

/** `bytes`: the size of the script and its shared modules together. */
export function scriptTooLarge(path: string, bytes: number): Fault | undefined {
  if (bytes <= MAX_SCRIPT_BYTES) return undefined;
  const limit = `a script may have at most ${MAX_SCRIPT_BYTES} (${MAX_SCRIPT_BYTES / KB / KB} MB)`;
  return sizeFault(
    `${path} and what it imports have at least ${bytes} bytes, ${limit}: import less`,
  );
}

const sizeFault = (message: string): Fault => ({
  kind: "COMPILE_ERROR",
  name: "SizeError",
  message,
});
