/** The headers as they came, in their order. */
import { Table, Text, Title } from "@mantine/core";
import type { Details } from "./message-query.ts";

export const Headers = ({ headers, query }: Pick<Details, "headers" | "query">) => (
  <section aria-label="Headers">
    <Title order={2} mb={4}>
      Headers
    </Title>
    {query === null || query === "" ? null : (
      <Text size="sm" className="foreign mono">
        ?{query}
      </Text>
    )}
    <Table>
      <Table.Tbody>
        {numbered(headers).map(({ number, name, value }) => (
          <Table.Tr key={number}>
            <Table.Th className="foreign mono" w="14rem">
              {name}
            </Table.Th>
            <Table.Td className="foreign mono">{value ?? "hidden from this session"}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </section>
);

/** A name may come several times. */
const numbered = (headers: Details["headers"]) =>
  headers.map(([name, value], number) => ({ number, name, value }));
