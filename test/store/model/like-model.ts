/** Runs random commands on a real store and on the model, and compares them after each. */
import fc from "fast-check";
import { Store } from "../../../src/store/store.ts";
import { COMMANDS, type Real } from "./commands.ts";
import { databaseFolder } from "./fixture.ts";
import { Model } from "./model.ts";

export async function expectLikeModel(runs: number): Promise<void> {
  using folder = databaseFolder();
  const property = fc.asyncProperty(
    fc.commands(COMMANDS, { maxCommands: 60, size: "max" }),
    async (commands) => {
      const path = folder.newPath();
      const newPath = () => folder.newPath();
      const real: Real = { store: new Store(path), path, newPath, claims: new Map() };
      try {
        await fc.asyncModelRun(() => ({ model: new Model(), real }), commands);
      } finally {
        real.store[Symbol.dispose]();
      }
    },
  );
  await fc.assert(property, { numRuns: runs });
}
