/**
 * `"numbers": "exact"`: integers that a number would round are BigInts, and a BigInt has the same digits in JSON.
 * Without the setting JSON works as in the language.
 */
import { parseJson as parseWithItsKeys } from "../../model/parse-json.ts";
import { parseExact } from "./exact-json.ts";

const { rawJSON } = JSON;

let isExact = false;

export function useExactNumbers(exact: boolean): void {
  isExact = exact;
}

/** For JSON that senders and scripts wrote. */
export const parseJson = (text: string): unknown =>
  isExact ? parseWithItsKeys(text, parseExact) : parseWithItsKeys(text);

/** Must run before the built-in objects are frozen. */
export function defineBigIntJson(): void {
  Reflect.defineProperty(BigInt.prototype, "toJSON", { value: bigIntJson });
}

function bigIntJson(this: bigint): object {
  if (isExact) return rawJSON(String(this));
  throw new TypeError(
    'a BigInt cannot be written as JSON: convert it with String(), or set "numbers": "exact"',
  );
}
