/** Every shipped provider in the real sandbox, asked about one request at a time without a server around it. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createLogger } from "../../src/logger.ts";
import { eventHead } from "../../src/model/event.ts";
import type { HeaderList, Message } from "../../src/model/message.ts";
import { type ProviderFile, providerFileSchema } from "../../src/registry/provider-file.ts";
import { keyOf, Sandbox } from "../../src/sandbox/sandbox.ts";

export interface Request {
  readonly method: string;
  readonly uri: string;
  readonly query?: string;
  readonly headers: HeaderList;
  readonly body: string | Buffer;
  readonly receivedAt: number;
  readonly publicUrl?: string | undefined;
}

/** Values by property name; of a list the first is the current one. */
export type Properties = Readonly<Record<string, string | readonly string[]>>;

export const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

/** In the order in which they are asked. */
export const files: readonly ProviderFile[] = readdirSync("providers")
  .map((name) => providerFileSchema.parse(readJson(`providers/${name}/provider.json`)))
  .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));

type Report = Awaited<ReturnType<Sandbox["decide"]>>;
export type Decided = Omit<Report, "trace"> & {
  readonly provider: string | undefined;
  /** Of those that were asked. */
  readonly errors: readonly string[];
};

export interface Installed extends AsyncDisposable {
  /** Asks the providers named, in their order, each with the properties given for it. */
  ask(
    request: Request,
    names: readonly string[],
    properties: Readonly<Record<string, Properties>>,
  ): Promise<Decided>;
}

export async function install(): Promise<Installed> {
  const sandbox = new Sandbox({ processes: 1, log: createLogger("silent") });
  const scripts = new Map<string, Awaited<ReturnType<typeof prepare>>>();
  for (const file of files) scripts.set(file.name, await prepare(sandbox, file));
  return {
    ask: async (request, names, properties) => {
      const asked = files.filter(({ name }) => names.includes(name));
      const spec = asked.flatMap(({ name, properties: declared }) => {
        const script = scripts.get(name);
        const values = declared.map((one) => [
          one.name,
          [properties[name]?.[one.name] ?? []].flat(),
        ]);
        const secrets = declared.filter(({ secret }) => secret).map((one) => one.name);
        return script === undefined
          ? []
          : [{ ...script, modules: {}, name, properties: Object.fromEntries(values), secrets }];
      });
      const set = {
        key: keyOf(spec),
        spec,
        sources: spec.map(({ code }) => ({ source: code, modules: {} })),
      };
      return decided(await sandbox.decide(set, inputOf(request), true), asked);
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

async function prepare(sandbox: Sandbox, { name, properties }: ProviderFile) {
  const filename = `providers/${name}/match.ts`;
  const names = Object.fromEntries(properties.map((one) => [one.name, []]));
  const draft = { role: "match", filename, source: readFileSync(filename, "utf8") } as const;
  const checked = await sandbox.check({ ...draft, properties: names });
  if (checked.fault !== undefined) throw new Error(`${filename}: ${checked.fault.message}`);
  const { code, style, exports } = checked;
  return { filename, code, style, verifies: exports.includes("verify") };
}

function inputOf(request: Request) {
  const body = Buffer.from(request.body);
  const isNamed = request.headers.some(([name]) => name.toLowerCase() === "content-length");
  const length = [["Content-Length", `${body.length}`]] as const;
  const message: Message = {
    id: randomUUID(),
    receivedAt: request.receivedAt,
    method: request.method,
    uri: request.uri,
    basePath: "/webhooks/v1",
    path: `/webhooks/v1/${request.uri}`,
    queryString: request.query ?? "",
    headers: isNamed ? request.headers : [...length, ...request.headers],
    body,
    remoteAddress: "203.0.113.7",
    sync: false,
  };
  const { publicUrl } = request;
  return {
    head: eventHead(message, { encoded: false, publicUrl }),
    headers: JSON.stringify(message.headers),
    body,
    judgedAt: request.receivedAt,
  };
}

function decided({ trace, ...report }: Report, asked: readonly ProviderFile[]): Decided {
  const provider = trace.at(-1)?.matched === true ? asked[trace.length - 1]?.name : undefined;
  const logs = trace.flatMap(({ logs: lines }) => lines ?? []);
  const faults = [...trace.map(({ error }) => error), report.verdict?.error];
  const errors = [
    ...faults.flatMap((fault) => (fault === undefined ? [] : [fault.message])),
    ...trace.flatMap(({ warning }) => warning ?? []),
    ...logs.filter(({ level }) => level === "error").map(({ text }) => text),
  ];
  return { ...report, provider, errors };
}
