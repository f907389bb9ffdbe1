import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder, removed with `using` or with `remove()`. */
export const tempFolder = () => mkdtempDisposableSync(join(tmpdir(), "hookyard-test-"));
