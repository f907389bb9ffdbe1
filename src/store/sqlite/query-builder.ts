/**
 * Kysely, for queries that are put together as they are needed: lists. It is loaded with the first of them, because it
 * takes a quarter of a second and 17 MB, and a server that only takes messages in has no use for it.
 */
import { createRequire } from "node:module";
import type { CompiledQuery } from "kysely";
import type { Tables } from "../schema.ts";
import type { Sqlite } from "./database.ts";

const load = createRequire(import.meta.url);

function makeBuilder() {
  const kysely: typeof import("kysely") = load("kysely");
  const { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = kysely;
  // Only builds queries. They run on the one connection, in one turn, and so never inside somebody's transaction.
  const queries = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (database) => new SqliteIntrospector(database),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  return { queries, sql: kysely.sql };
}

let made: ReturnType<typeof makeBuilder> | undefined;

export function queryBuilder(): ReturnType<typeof makeBuilder> {
  made ??= makeBuilder();
  return made;
}

export function selectAll<Row>(sqlite: Sqlite, query: { compile(): CompiledQuery<Row> }): Row[] {
  const { sql, parameters } = query.compile();
  return sqlite.prepare<unknown[], Row>(sql).all(...parameters);
}
