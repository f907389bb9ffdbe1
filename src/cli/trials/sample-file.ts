/** Reads a request from a file in the format of `samples/`. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { requestOf, type Sample, sampleSchema } from "../../catalogue/sample.ts";
import { describeSchemaProblems } from "../../model/schema-problems.ts";
import { reasonOf } from "../api.ts";
import { usage } from "../failure.ts";

/** Reads a file, or the sample of that name beside the draft. */
export function readSample(folder: string, sample: string): Sample {
  const path = samplePath(folder, sample);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw usage(`${path} cannot be read: ${reasonOf(error)}`);
  }
  const parsed = sampleSchema.safeParse(value);
  if (!parsed.success)
    throw usage(`${path}: ${describeSchemaProblems(parsed.error, sampleSchema)}`);
  const { description, properties, proof, expect = { matched: true } } = parsed.data;
  const request = requestOf(parsed.data);
  const [name, provider] = [basename(path, ".json"), basename(folder)];
  return { name, provider, description, properties, proof, expect, request };
}

function samplePath(folder: string, sample: string): string {
  const beside = join(folder, "samples", `${basename(sample, ".json")}.json`);
  const path = [sample, beside].find((one) => existsSync(one) && statSync(one).isFile());
  if (path !== undefined) return path;
  throw usage(`found neither ${sample} nor ${beside}, expected a file with a request`);
}
