/** The body as tree, text, form, XML or bytes. It is text of a sender: never markup. */
import { Alert, Button, Group, SegmentedControl, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import { useMay } from "../../api/session.ts";
import { bytesText } from "../../components/amounts.ts";
import { Loaded } from "../../components/loaded.tsx";
import { type Body, bodyOf, indentedXml } from "./body-text.ts";
import { JsonTree } from "./json-tree.tsx";
import type { Details } from "./message-query.ts";
import { TextView } from "./text-view.tsx";
import { VirtualRows } from "./virtual-rows.tsx";

const route = getRouteApi("/messages/$id");
/** A larger body is loaded when it is asked for. */
const LOADED_UP_TO_BYTES = 2 * 1024 * 1024;
const HEX_ROW = 16;

const VIEWS = {
  tree: { label: "Tree", isFor: ({ kind }: Body) => kind === "json" },
  form: { label: "Form", isFor: ({ kind }: Body) => kind === "form" },
  xml: { label: "XML", isFor: ({ kind }: Body) => kind === "xml" },
  text: { label: "Text", isFor: () => true },
  hex: { label: "Hex", isFor: () => true },
} as const;
type View = keyof typeof VIEWS;
const VIEW_NAMES = ["tree", "form", "xml", "text", "hex"] as const satisfies readonly View[];

/** The body's bytes; a stored body never changes. */
export const bodyQuery = ({ id, headers }: Pick<Details, "id" | "headers">) => ({
  queryKey: ["body", id],
  queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
    const call = api.GET("/api/v1/messages/{id}/body", {
      params: { path: { id } },
      parseAs: "arrayBuffer",
      signal,
    });
    return await bodyOf(await answerOf(call), headers);
  },
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
});

export function BodyView({ message }: { readonly message: Details }) {
  const may = useMay();
  const [isAsked, setAsked] = useState(false);
  const isLoading = may("messages:details") && (isAsked || message.bodyBytes <= LOADED_UP_TO_BYTES);
  const query = useQuery({ ...bodyQuery(message), enabled: isLoading && message.bodyBytes > 0 });
  return (
    <section aria-label="Body">
      <Title order={2} mb={4}>
        Body
      </Title>
      {message.bodyBytes === 0 ? <Text c="dimmed">It is empty.</Text> : null}
      {may("messages:details") ? null : (
        <Text c="dimmed">This session may not read bodies: it lacks messages:details.</Text>
      )}
      {message.bodyBytes > 0 && may("messages:details") && !isLoading ? (
        <Button variant="default" onClick={() => setAsked(true)}>
          Load {bytesText(message.bodyBytes)}
        </Button>
      ) : null}
      {isLoading && message.bodyBytes > 0 ? (
        <Loaded query={query}>{(body) => <Views body={body} />}</Loaded>
      ) : null}
    </section>
  );
}

function Views({ body }: { readonly body: Body }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const possible = VIEW_NAMES.filter((name) => VIEWS[name].isFor(body));
  const first = body.kind === "binary" ? "hex" : possible[0];
  const view = possible.find((name) => name === search.body) ?? first;
  return (
    <>
      {body.problem === undefined ? null : (
        <Alert color="orange" variant="outline" mb="xs">
          {body.problem}
        </Alert>
      )}
      <Group mb="xs">
        <SegmentedControl
          aria-label="Show the body as"
          size="xs"
          value={view ?? "text"}
          onChange={(name) => void navigate({ search: { body: name }, replace: true })}
          data={possible.map((value) => ({ value, label: VIEWS[value].label }))}
        />
      </Group>
      <BodyAs view={view ?? "text"} body={body} />
    </>
  );
}

function BodyAs({ view, body }: { readonly view: View; readonly body: Body }) {
  switch (view) {
    case "tree":
      return <JsonTree text={body.text} />;
    case "form":
      return <Form text={body.text} />;
    case "xml":
      return <TextView text={indentedXml(body.text)} />;
    case "text":
      return <TextView text={body.text} />;
    case "hex":
      return <Hex bytes={body.bytes} />;
  }
}

function Form({ text }: { readonly text: string }) {
  const fields = [...new URLSearchParams(text)].map(([name, value], number) => ({
    number,
    name,
    value,
  }));
  return (
    <Table>
      <Table.Tbody>
        {fields.map(({ number, name, value }) => (
          <Table.Tr key={number}>
            <Table.Th className="foreign mono" w="14rem">
              {name}
            </Table.Th>
            <Table.Td className="foreign mono">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const Hex = ({ bytes }: { readonly bytes: Uint8Array }) => (
  <VirtualRows
    label="Bytes"
    count={Math.ceil(bytes.length / HEX_ROW)}
    rowPx={20}
    render={(index) => (
      <pre style={{ margin: 0 }}>
        {hexLine(bytes.subarray(index * HEX_ROW, (index + 1) * HEX_ROW), index)}
      </pre>
    )}
  />
);

function hexLine(bytes: Uint8Array, index: number): string {
  const offset = (index * HEX_ROW).toString(16).padStart(8, "0");
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = [...bytes].map((byte) =>
    byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".",
  );
  return `${offset}  ${hex.padEnd(HEX_ROW * 3)} ${text.join("")}`;
}
