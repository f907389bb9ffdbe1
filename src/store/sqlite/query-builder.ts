/**
 * Kysely, for lists: their queries are built from the filters of a request. It is loaded with the first list, because
 * it takes a quarter of a second and 17 MB, and a server that only receives messages does not need it.
 */
import { createRequire } from "node:module";
import type { CompiledQuery } from "kysely";
import type { Tables } from "../rows.ts";
import type { Sqlite } from "./database.ts";

const load = createRequire(import.meta.url);

function makeBuilder() {
  const kysely: typeof import("kysely") = load("kysely");
  const { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = kysely;
  // Kysely only builds queries here. They run synchronously on the one connection, so never inside another write's
  // transaction.
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

let builder: ReturnType<typeof makeBuilder> | undefined;

export function queryBuilder(): ReturnType<typeof makeBuilder> {
  builder ??= makeBuilder();
  return builder;
}

export function selectAll<Row>(sqlite: Sqlite, query: { compile(): CompiledQuery<Row> }): Row[] {
  const { sql, parameters } = query.compile();
  return sqlite.prepare<unknown[], Row>(sql).all(...parameters);
}
