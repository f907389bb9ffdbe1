/** The functions of a message: how each ended, with its logs, result and error. */
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { durationText } from "../../components/amounts.ts";
import { Status } from "../../components/status.tsx";
import { timeText } from "../../components/time.tsx";
import classes from "./message.module.css";
import type { Execution } from "./message-query.ts";

export const Executions = ({ executions }: { readonly executions: readonly Execution[] }) => (
  <section aria-label="Functions">
    <Title order={2} mb={4}>
      Functions
    </Title>
    {executions.length === 0 ? (
      <Text c="dimmed">No function ran.</Text>
    ) : (
      <Stack gap="xs">
        {executions.map((execution) => (
          <ExecutionCard key={execution.function} execution={execution} />
        ))}
      </Stack>
    )}
  </section>
);

function ExecutionCard({ execution }: { readonly execution: Execution }) {
  const { error, logs, result } = execution;
  return (
    <Card withBorder padding="xs">
      <Group gap="sm">
        <Status status={execution.status} />
        <Text fw={600} className="foreign">
          {execution.function}
        </Text>
        <Text size="sm" c="dimmed">
          {durationText(execution.durationMs)}
        </Text>
      </Group>
      {error === null ? null : (
        <pre className={classes["block"]}>
          {error.kind}: {error.name}
          {error.message === null ? "" : `: ${error.message}`}
          {error.frame === undefined ? "" : `\n\n${error.frame}`}
        </pre>
      )}
      {logs.length === 0 ? null : (
        <pre className={classes["block"]}>
          {logs.map(({ at, level, text }) => `${timeText(at)} ${level} ${text}`).join("\n")}
        </pre>
      )}
      {result === null || result === undefined ? null : (
        <pre className={classes["block"]}>{JSON.stringify(result, undefined, 2)}</pre>
      )}
    </Card>
  );
}
