/** Problem details (RFC 9457), the body of every error. */
import { z } from "zod";
import { ERRORS, type ErrorCode } from "../../errors.ts";

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

export const problemSchema = z
  .looseObject({
    type: z.string().describe("`urn:hookyard:error:` and the code."),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe("What was found, what was expected, and what to do."),
    code: z.enum(codes).describe("For programs: codes do not change."),
  })
  .meta({ id: "Problem", description: "Problem details (RFC 9457)." });
