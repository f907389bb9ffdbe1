/** Explains globals of Node or browsers that scripts do not have, and what to use instead. */
import type { Fault, ScriptRole } from "../wire/protocol.ts";

const IN_FUNCTIONS: Readonly<Record<string, string>> = {
  fetch: "ctx.http.fetch requests the hosts that function.json allows",
  XMLHttpRequest: "ctx.http.fetch requests the hosts that function.json allows",
  setTimeout: "await ctx.sleep(milliseconds) waits",
  setInterval: "await ctx.sleep(milliseconds) waits",
  setImmediate: "await ctx.sleep(0) lets other runs go first",
  localStorage: "ctx.kv keeps values from run to run",
};
const EVERYWHERE: Readonly<Record<string, string>> = {
  Buffer:
    "TextEncoder, TextDecoder, atob and btoa turn text into bytes and back; ctx.crypto and ctx.verify take text",
  process: "ctx.properties has the values configured for this script",
  require: "import { … } from a file under _lib; packages cannot be used",
  module: 'a module says "export default"',
  exports: 'a module says "export default"',
};

/** Adds the replacement to a `ReferenceError`. */
export function explainMissingGlobal(fault: Fault, role: ScriptRole): Fault {
  const name = /^(\w+) is not defined$/.exec(fault.message)?.[1];
  if (fault.name !== "ReferenceError" || name === undefined) return fault;
  const hints = role === "function" ? { ...EVERYWHERE, ...IN_FUNCTIONS } : EVERYWHERE;
  const hint = Object.hasOwn(hints, name) ? hints[name] : undefined;
  return hint === undefined ? fault : { ...fault, message: `${fault.message} here: ${hint}` };
}
