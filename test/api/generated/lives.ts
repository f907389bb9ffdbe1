/** What can be created and deleted, from the first call to the last: by the paths and examples of the description. */
import type { Call } from "./description.ts";
import type { Explorer } from "./explorer.ts";

interface Kind {
  readonly path: string;
  readonly create: Call;
  readonly list: Call;
  readonly read: Call | undefined;
  readonly remove: Call;
}

/** Collections: a path with `POST` and `GET`, and below it one parameter with `DELETE`. */
function kindsOf(calls: readonly Call[]): readonly Kind[] {
  const find = (method: string, path: string) =>
    calls.find((call) => call.method === method && call.path === path);
  return calls.flatMap((create) => {
    const { method, path, examples } = create;
    const below = calls.filter(
      (one) => one.path.startsWith(`${path}/{`) && !one.path.slice(path.length + 1).includes("/"),
    );
    const [list, remove] = [find("GET", path), below.find((one) => one.method === "DELETE")];
    // A session belongs to a browser.
    if (method !== "POST" || examples.length === 0 || !create.needsToken) return [];
    if (list === undefined || remove === undefined) return [];
    return [{ path, create, list, read: below.find((one) => one.method === "GET"), remove }];
  });
}

/** Throws at the first broken link. Returns the paths of the collections, in the order in which they were made. */
export async function liveAndDie(explorer: Explorer): Promise<readonly string[]> {
  const kinds = kindsOf(explorer.calls);
  const made: { readonly kind: Kind; readonly id: string }[] = [];
  for (const kind of kinds) made.push({ kind, id: await created(explorer, kind) });
  for (const { kind, id } of made) await expectThere(explorer, kind, id, true);
  for (const { kind, id } of made.toReversed()) {
    await expectStatus(explorer, kind.remove, id, (status) => status === 200 || status === 204);
    await expectThere(explorer, kind, id, false);
    await expectStatus(explorer, kind.remove, id, (status) => status === 404);
  }
  return made.map(({ kind }) => kind.path.slice("/api/v1".length));
}

async function created(explorer: Explorer, { create }: Kind): Promise<string> {
  const [example] = create.examples;
  const { status, json } = await explorer.call({
    method: create.method,
    path: create.path,
    body: JSON.stringify(example),
  });
  const id = Reflect.get(Object(json), "id") ?? Reflect.get(Object(json), "name");
  if (status < 300 && typeof id === "string") return id;
  throw new Error(`${create.id} with its example is answered ${status}: ${JSON.stringify(json)}`);
}

async function expectThere(explorer: Explorer, kind: Kind, id: string, is: boolean): Promise<void> {
  const { list, read } = kind;
  if (read !== undefined)
    await expectStatus(explorer, read, id, (status) => status === (is ? 200 : 404));
  const { json } = await explorer.call({ method: list.method, path: list.path });
  if (JSON.stringify(json).includes(`"${id}"`) !== is)
    throw new Error(`${list.id} ${is ? "lacks" : "still has"} ${id}`);
}

async function expectStatus(
  explorer: Explorer,
  { id, method, path }: Call,
  of: string,
  isRight: (status: number) => boolean,
): Promise<void> {
  const status = await explorer.send({ method, path: path.replace(/\{\w+\}/, of) });
  if (!isRight(status)) throw new Error(`${id} of ${of} is answered ${status}`);
}
