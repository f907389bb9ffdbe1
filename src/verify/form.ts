/** Form fields as they are signed: decoded once, to exact bytes. */
import { found, type Reading, refuse } from "./verdict.ts";

/** Fields are sorted; senders that sign forms have fewer. */
const MAX_FIELDS = 1000;

interface Field {
  /** One character per byte. */
  readonly name: string;
  readonly value: string;
}

/** The fields sorted by name, each name followed by its value; a repeated field counts once. Twilio signs this. */
export function sortedFields(body: Buffer): Reading<Buffer> {
  const fields = readForm(body);
  if (!fields.ok) return fields;
  const texts = fields.value.map(({ name, value }) => ({ name, text: name + value }));
  // The length marks the end of the name.
  const keyOf = ({ name, text }: (typeof texts)[number]) => `${name.length} ${text}`;
  const unique = [...new Map(texts.map((one) => [keyOf(one), one])).values()];
  unique.sort((a, b) => compare(a.name, b.name) || compare(a.text, b.text));
  return found(Buffer.from(unique.map(({ text }) => text).join(""), "latin1"));
}

/** The value of the only field. A second field would reach functions unsigned. */
export function onlyField(body: Buffer, wanted: string): Reading<Buffer> {
  const fields = readForm(body);
  if (!fields.ok) return fields;
  const [field, ...others] = fields.value;
  if (field?.name !== wanted || others.length > 0) {
    return refuse(`the form does not hold just one field named ${wanted}: only that one is signed`);
  }
  return found(Buffer.from(field.value, "latin1"));
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

function readForm(body: Buffer): Reading<readonly Field[]> {
  const pairs = body
    .toString("latin1")
    .split("&", MAX_FIELDS + 1)
    .filter((pair) => pair !== "");
  if (pairs.length > MAX_FIELDS) return refuse(`the form has more than ${MAX_FIELDS} fields`);
  if (pairs.some((pair) => /%(?![0-9a-fA-F]{2})/.test(pair))) {
    return refuse("the form is malformed: % must be followed by two hex digits");
  }
  return found(
    pairs.map((pair) => {
      const [name = "", value = ""] = pair.split(/=(.*)/s).map(decode);
      return { name, value };
    }),
  );
}

const decode = (text: string): string =>
  text.replaceAll(/\+|%(..)/g, (_, hex) =>
    hex === undefined ? " " : String.fromCharCode(Number.parseInt(hex, 16)),
  );
