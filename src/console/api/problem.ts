/** Errors of the API as the console shows them. */
import type { components } from "./description.ts";

type Details = components["schemas"]["Problem"];

/** `detail` says what was found, what was expected and what to do. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: Details["code"] | "no_answer" | "unknown";
  readonly title: string;
  /** Further members, such as the errors of a script. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    {
      status,
      code,
      title,
      detail,
    }: Pick<ApiProblem, "status" | "code" | "title"> & {
      readonly detail: string;
    },
    members: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(detail, { cause });
    this.status = status;
    this.code = code;
    this.title = title;
    this.members = members;
  }
}

export const noAnswer = (cause: unknown): ApiProblem =>
  new ApiProblem(
    {
      status: 0,
      code: "no_answer",
      title: "No answer",
      detail: "The server did not answer. Check that it runs and can be reached from here.",
    },
    {},
    cause,
  );

const isDetails = (value: unknown): value is Details =>
  typeof value === "object" && value !== null && "code" in value && "detail" in value;

/** `body` is that of a response with an error status. A proxy may have written it. */
export function problemOf(status: number, body: unknown): ApiProblem {
  if (isDetails(body)) return new ApiProblem(body, body);
  return new ApiProblem({
    status,
    code: "unknown",
    title: `Status ${status}`,
    detail: `The answer has the status ${status} and no details. A proxy between the browser and Hookyard may have sent it.`,
  });
}
