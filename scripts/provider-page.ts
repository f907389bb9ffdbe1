/** Generates the page of a provider, `providers/<name>/README.md`, from the files in its folder. */
import type { About, Evidence } from "../src/catalogue/about.ts";
import type { Sample } from "../src/catalogue/sample.ts";
import type { RequestCondition } from "../src/model/when.ts";
import type { ProviderFile } from "../src/registry/provider-file.ts";

export interface Shipped {
  readonly file: ProviderFile;
  readonly about: About;
  readonly samples: readonly Sample[];
}

const WRITTEN =
  "<!-- Written by `npm run docs` from provider.json, about.json and samples/: change these files instead. -->";

export function providerPage({ file, about, samples }: Shipped): string {
  const sections = [
    [`# ${about.title}`, WRITTEN, `${file.description}.`],
    ["## Set up", setUp(about), content(about), properties(file)],
    ["## Verification", about.verifiedBy, verification(file)],
    ["## Matching", matching(file)],
    ["## Answers and duplicates", answers(file), `${about.duplicates} ${dedupe(file)}`],
    about.handshakes === undefined ? [] : ["## Handshakes", about.handshakes],
    about.notes.length === 0 ? [] : ["## What to know", list(about.notes)],
    ["## How it was proved", list(about.evidence.map(evidence)), samplesTable(samples)],
  ];
  return `${sections.flat().join("\n\n")}\n`;
}

const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");

function setUp({ setUp: steps }: About): string {
  const address = "`https://hooks.example.org/webhooks/v1/<uri>$1`";
  const inText = (step: string) => step.replaceAll(/\{url\}(\?\w+=)?/g, address);
  return steps.map((step, at) => `${at + 1}. ${inText(step)}`).join("\n");
}

const content = ({ contentType, sends }: About) => `Content type: ${contentType}. ${sends}`;

function properties({ properties: declared }: ProviderFile): string {
  const rows = declared.map(
    ({ name, env, secret, description }) =>
      `| \`${name}\` | \`${env ?? ""}\` | ${secret ? "secret" : ""} | ${description} |`,
  );
  const rotation =
    "To replace a value, put the old one in the variable with `_PREVIOUS` at its end: both are accepted.";
  return ["| property | variable | | meaning |", "|---|---|---|---|", ...rows, "", rotation].join(
    "\n",
  );
}

function verification({ verification: mode, active }: ProviderFile): string {
  const modes = {
    auto: "With a secret, a message that does not verify is refused with 401. Without one, [`HOOKYARD_UNVERIFIED`](../../src/README.md#unverified-messages) decides: the message is refused with 401, or accepted and marked as not verified.",
    enforce: "A message that does not verify is refused with 401, even without a secret.",
    report: "A message that does not verify is marked and accepted.",
    off: "Nothing is verified.",
  };
  const shipped = active ? "" : " The provider ships inactive.";
  return `\`verification\` is \`${mode}\`: ${modes[mode]}${shipped}`;
}

/** The priority of the provider, and the requests for which its script runs. */
function matching({ priority, when = [] }: ProviderFile): string {
  const conditions = [when].flat().map(conditionText);
  const place = `The \`priority\` is ${priority}.`;
  if (conditions.length === 0) return `${place} The match script runs for every request.`;
  return `${place} The match script runs (\`when\`) for a request ${conditions.join("; or ")}.`;
}

const code = (texts: readonly string[], conjunction: string): string =>
  texts.map((text) => `\`${text}\``).join(` ${conjunction} `);

function conditionText({ method, headers = {}, uri, ...body }: RequestCondition): string {
  const parts = [
    ...(method === undefined ? [] : [`by ${method.join(" or ")}`]),
    ...Object.entries(headers).map(([name, wanted]) =>
      typeof wanted === "string"
        ? `with \`${name}: ${wanted}\``
        : `${wanted ? "with" : "without"} \`${name}\``,
    ),
    ...(uri === undefined ? [] : [`to a URI that fits \`${uri}\``]),
    ...bodyText(body),
  ];
  return parts.join(", ");
}

const keysText = (keys: readonly string[]) =>
  `the key${keys.length === 1 ? "" : "s"} ${code(keys, "and")}`;

const bodyText = ({ contentType, maxBodyBytes, payloadKeys }: RequestCondition) => [
  ...(contentType === undefined ? [] : [`of type ${code(contentType, "or")}`]),
  ...(maxBodyBytes === undefined ? [] : [`with at most ${maxBodyBytes} bytes`]),
  ...(payloadKeys === undefined ? [] : [`whose payload has ${keysText(payloadKeys)}`]),
];

function answers({ acceptStatus, sync }: ProviderFile): string {
  const when = sync ? "once its functions have run" : "before its functions run";
  const answer = sync ? "what a function responds with, or its outcome" : `${acceptStatus}`;
  return `An accepted message is answered with ${answer}, ${when}.`;
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

function duration(seconds: number): string {
  const [unit, length] = UNITS.find(([, one]) => seconds > one && seconds % one === 0) ?? UNITS[3];
  const count = seconds / length;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

const dedupe = ({ dedupe: seconds }: ProviderFile) =>
  seconds === 0
    ? "The dedupe window is 0: nothing counts as a duplicate."
    : `Within ${duration(seconds)} (\`dedupe\`) a repeated delivery gets the answer of the first and runs only the functions that failed.`;

function evidence(one: Evidence): string {
  switch (one.level) {
    case "vendor vector":
      return `**Vendor vector**: ${one.published} (${one.samples.map((name) => `\`samples/${name}.json\``).join(", ")}).`;
    case "published request":
      return `**Published request**: ${one.published}; our own of the same form: ${one.samples.map((name) => `\`samples/${name}.json\``).join(", ")}.`;
    case "vector of another project":
      return `**Vector of another project**: ${one.published}; our own of the same form: ${one.samples.map((name) => `\`samples/${name}.json\``).join(", ")}.`;
    case "independent implementation":
      return `**Independent implementation**: \`${one.package}\` ${one.how}.`;
    case "our reading of the documents":
      return `**Our reading of the documents**: ${one.documents}.`;
  }
}

function samplesTable(samples: readonly Sample[]): string {
  const rows = samples.map(
    ({ name, description, expect }) =>
      `| \`${name.split("/")[1]}\` | ${description} | ${outcome(expect)} |`,
  );
  return ["| sample | description | result |", "|---|---|---|", ...rows].join("\n");
}

function outcome({ matched, verified, handshake }: Sample["expect"]): string {
  if (!matched) return "not matched";
  if (handshake !== undefined) return `answered with ${handshake.status}`;
  return verified === true ? "verified" : "refused";
}
