/** JSON in which errors keep their name, message, cause and parts: `JSON.stringify` alone writes `{}` for an error. */
const { stringify } = JSON;

/** Undefined for a value that JSON cannot express. */
export function jsonWithErrors(value: unknown): string | undefined {
  // One object per error, so that `stringify` detects a cycle of causes like any other cycle.
  let shown: Map<Error, object> | undefined;
  return stringify(value, (_key, part: unknown) => {
    if (!(part instanceof Error)) return part;
    shown ??= new Map();
    const known = shown.get(part) ?? fieldsOf(part);
    shown.set(part, known);
    return known;
  });
}

function fieldsOf(error: Error): object {
  const { name, message, cause } = error;
  const own: object = error;
  return {
    name,
    message,
    ...own,
    ...(cause === undefined ? {} : { cause }),
    ...(error instanceof AggregateError ? { errors: error.errors } : {}),
  };
}
