/** Everything about one message. */
import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { bytesText } from "../../components/amounts.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { Loaded } from "../../components/loaded.tsx";
import { Page } from "../../components/page.tsx";
import { Status } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import { Actions } from "./actions.tsx";
import { BodyView } from "./body.tsx";
import { Executions } from "./executions.tsx";
import { Headers } from "./headers.tsx";
import { type Details, messageQuery } from "./message-query.ts";
import { Relatives } from "./relatives.tsx";
import { Timeline } from "./timeline.tsx";
import { Trace } from "./trace.tsx";

const route = getRouteApi("/messages/$id");

export function MessagePage() {
  const { id } = route.useParams();
  const query = useQuery(messageQuery(id));
  const actions = query.data === undefined ? null : <Actions key={id} message={query.data} />;
  return (
    <Page title="Message" actions={actions}>
      <Loaded query={query}>{(message) => <MessageView key={id} message={message} />}</Loaded>
    </Page>
  );
}

const MessageView = ({ message }: { readonly message: Details }) => (
  <Stack gap="md">
    <Stack gap={4}>
      <Group gap="sm">
        <Status status={message.status} />
        <Text className="foreign mono">
          {message.method} {message.path}
        </Text>
      </Group>
      <Text size="sm" c="dimmed" className="foreign" component="div">
        <Time at={message.receivedAt} /> from {message.remoteAddress} ·{" "}
        {bytesText(message.bodyBytes)} · {message.id}{" "}
        <CopyButton text={message.id} label="Copy the id" />
      </Text>
      {message.message === null ? null : <Text className="foreign">{message.message}</Text>}
      <Relatives message={message} />
    </Stack>
    <Timeline message={message} />
    <Executions executions={message.executions} />
    <Trace trace={message.trace} verification={message.verification} />
    <BodyView message={message} />
    <Headers headers={message.headers} query={message.query} />
  </Stack>
);
