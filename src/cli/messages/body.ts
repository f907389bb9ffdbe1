/** `messages body`: writes the exact bytes to a file or to another program. */
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { contextOf } from "../context.ts";
import { Failure, usage } from "../failure.ts";
import { json, line, remark } from "../print.ts";
import { printable } from "../printable.ts";

export async function downloadBody(
  id: string,
  { output }: { readonly output?: string },
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const response = await api.call(`/messages/${encodeURIComponent(id)}/body`);
  if (output !== undefined) {
    const bytes = await save(Readable.from(response.body ?? []), output);
    return asJson ? json({ output, bytes }) : remark(`${output}: ${bytes} bytes`);
  }
  if (asJson) {
    const bytes = Buffer.from(await response.arrayBuffer());
    return json({
      contentType: response.headers.get("content-type"),
      bytes: bytes.length,
      base64: bytes.toString("base64"),
    });
  }
  // Bytes from a sender could control the terminal, so they are shown there as escaped text.
  if (process.stdout.isTTY) return line(printable(await response.text()));
  await pipeline(Readable.from(response.body ?? []), process.stdout, { end: false });
}

async function save(body: Readable, path: string): Promise<number> {
  const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
  try {
    await pipeline(body, file);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST")
      throw usage(`${path} is there already: name a new file`);
    throw new Failure(`${path} cannot be written: ${String(cause)}`, { cause });
  }
  return file.bytesWritten;
}
