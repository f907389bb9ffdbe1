/** Why a provider matched, or why none did; and whether the message is authentic. */
import { Table, Text, Title } from "@mantine/core";
import { durationText } from "../../components/amounts.ts";
import { Chip, type Tone } from "../../components/status.tsx";
import type { Details } from "./message-query.ts";

export const Trace = ({ trace, verification }: Pick<Details, "trace" | "verification">) => (
  <section aria-label="Match trace">
    <Title order={2} mb={4}>
      Match
    </Title>
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Provider</Table.Th>
          <Table.Th>Answer</Table.Th>
          <Table.Th>Why</Table.Th>
          <Table.Th>Took</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {trace.map((entry) => (
          <Table.Tr key={entry.provider}>
            <Table.Td className="foreign">{entry.provider}</Table.Td>
            <Table.Td>
              <Chip tone={entry.matched ? "good" : "calm"}>{entry.matched ? "yes" : "no"}</Chip>
            </Table.Td>
            <Table.Td className="foreign">{reasonOf(entry)}</Table.Td>
            <Table.Td>{durationText(entry.durationMs)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
    {verification === null ? null : (
      <Text size="sm" mt="xs" className="foreign">
        Verification: <Chip tone={TONES[verification.result]}>{verification.result}</Chip>{" "}
        {verification.reason ?? ""}
      </Text>
    )}
  </section>
);

const TONES: Readonly<Record<"ok" | "failed" | "skipped", Tone>> = {
  ok: "good",
  failed: "bad",
  skipped: "warn",
};

function reasonOf({ matched, passedOver, warning, error }: Details["trace"][number]): string {
  if (error !== undefined) return `${error.kind}: ${error.message ?? error.name}`;
  return (
    passedOver ?? warning ?? (matched ? "The script returned true." : "The script returned false.")
  );
}
