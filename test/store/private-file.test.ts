/** Folders that are created for the database, and folders that cannot be created. */
import { statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { makePrivateFile } from "../../src/store/sqlite/private-file.ts";
import { tempFolder } from "../support/temp-folder.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

test("only the owner may read a database and the folders above it", () => {
  using folder = tempFolder();
  const path = join(folder.path, "a/b/hookyard.db");
  makePrivateFile(path);
  makePrivateFile(path);
  expect([path, dirname(path), join(folder.path, "a")].map(modeOf)).toEqual([0o600, 0o700, 0o700]);
});

test.each([
  ["where the kernel allows no folders", () => "/proc/hookyard/deep/hookyard.db"],
  [
    "below a file",
    (folder: string) => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file/hookyard.db");
    },
  ],
])("%s it is refused, with the setting to change", (_name, pathIn) => {
  using folder = tempFolder();
  expect(() => makePrivateFile(pathIn(folder.path))).toThrow(
    /hookyard\.db cannot be written: .*Set HOOKYARD_DATA_DIR/,
  );
});
