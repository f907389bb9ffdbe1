/** Numbers and booleans in a query string: texts there, described as what they stand for. */
import { z } from "zod";

const DESCRIBED = { described: true } as const;

/** Digits only: `Number` would take `0x10`, `1e1` and the empty text too. */
export const queryInteger = ({ min, max }: { readonly min: number; readonly max: number }) =>
  z
    .string()
    .transform((text) => (/^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN))
    .refine((value) => value >= min && value <= max, {
      error: `expected a whole number from ${min} to ${max}`,
      params: DESCRIBED,
    })
    .meta({ override: { type: "integer", minimum: min, maximum: max } });

export const queryBoolean = z
  .string()
  .refine((text) => text === "true" || text === "false", {
    error: "expected true or false",
    params: DESCRIBED,
  })
  .transform((text) => text === "true")
  .meta({ override: { type: "boolean" } });
