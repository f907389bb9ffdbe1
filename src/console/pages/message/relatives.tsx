/** Other messages that this one is linked with. */
import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Details } from "./message-query.ts";

export function Relatives({ message }: { readonly message: Details }) {
  const { resubmittedFrom, duplicateOf, repetitionOf, edited, nearestUris } = message;
  return (
    <>
      <Relative id={resubmittedFrom}>
        {edited ? "An edited copy of " : "A resubmission of "}
      </Relative>
      <Relative id={duplicateOf}>The same delivery was received before, as </Relative>
      <Relative id={repetitionOf}>A retry of the functions that failed for </Relative>
      {nearestUris.length === 0 ? null : (
        <Text size="sm" className="foreign">
          Near URIs that have a function:{" "}
          {nearestUris.map(({ provider, uri }) => `${uri} (${provider})`).join(", ")}
        </Text>
      )}
    </>
  );
}

const Relative = ({ id, children }: { readonly id: string | null; readonly children: string }) =>
  id === null ? null : (
    <Text size="sm">
      {children}
      <Link to="/messages/$id" params={{ id }} className="mono">
        {id}
      </Link>
    </Text>
  );
