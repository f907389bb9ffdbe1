/** A PostgreSQL for the programs that need one: PGlite, from npm like them, in memory. */
import { once } from "node:events";
import { connect } from "node:net";
import { freePort } from "../bench/peers/peer.ts";
import { serve } from "./process.ts";

/** These two versions fit each other. */
export const DATABASE = ["@electric-sql/pglite@0.5.14", "@electric-sql/pglite-socket@0.2.17"];

export interface Database extends AsyncDisposable {
  readonly port: number;
}

export async function startDatabase(cwd: string): Promise<Database> {
  const port = await freePort();
  const script = "node_modules/@electric-sql/pglite-socket/dist/scripts/server.js";
  const args = [script, "--db=memory://", `--port=${port}`, "--max-connections=20"];
  const server = await serve({ cwd, args }, async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
    return true;
  });
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
