/** The functions of a message: how each attempt ended, with its logs, result and error. */
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { durationText } from "../../components/amounts.ts";
import { Chip, Status } from "../../components/status.tsx";
import { Time, timeText } from "../../components/time.tsx";
import classes from "./message.module.css";
import type { Execution } from "./message-query.ts";

type Attempt = Execution["attempts"][number];

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
  const { attempts, nextAttemptAt, versionNumber, version } = execution;
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
        <Text size="sm" c="dimmed" title={version}>
          {versionNumber === null ? `version ${version.slice(0, 8)}` : `version ${versionNumber}`}
        </Text>
        {nextAttemptAt === null ? null : (
          <Text size="sm">
            next attempt <Time at={nextAttemptAt} />
          </Text>
        )}
      </Group>
      {attempts.toReversed().map((attempt) => (
        <AttemptView key={attempt.number} attempt={attempt} isOnly={attempts.length === 1} />
      ))}
    </Card>
  );
}

/** The newest attempt stands first; earlier ones are folded if there are several. */
function AttemptView({ attempt, isOnly }: { readonly attempt: Attempt; readonly isOnly: boolean }) {
  if (isOnly) return <AttemptParts attempt={attempt} />;
  return (
    <details className={classes["attempt"]}>
      <summary>
        Attempt {attempt.number} <Chip tone="calm">{attempt.outcome}</Chip>{" "}
        {durationText(attempt.durationMs)}, ended <Time at={attempt.endedAt} />
      </summary>
      <AttemptParts attempt={attempt} />
    </details>
  );
}

function AttemptParts({ attempt }: { readonly attempt: Attempt }) {
  const { error, logs, result, message, reason, response } = attempt;
  return (
    <>
      {message === undefined && reason === undefined ? null : (
        <Text size="sm" className="foreign">
          {message ?? reason}
        </Text>
      )}
      {error === null ? null : <Part label="Error">{errorText(error)}</Part>}
      {logs.length === 0 ? null : (
        <Part label="Logs">
          {logs.map(({ at, level, text }) => `${timeText(at)} ${level} ${text}`).join("\n")}
        </Part>
      )}
      {result === null || result === undefined ? null : (
        <Part label="Result">{JSON.stringify(result, undefined, 2)}</Part>
      )}
      {response === undefined ? null : (
        <Part label="Response">{JSON.stringify(response, undefined, 2)}</Part>
      )}
    </>
  );
}

const Part = ({ label, children }: { readonly label: string; readonly children: string }) => (
  <>
    <Text size="xs" c="dimmed" mt={6}>
      {label}
    </Text>
    <pre className={`${classes["block"]} foreign`}>{children}</pre>
  </>
);

const errorText = ({ kind, name, message, frame, causes = [] }: NonNullable<Attempt["error"]>) =>
  [
    `${kind}: ${name}${message === null ? "" : `: ${message}`}`,
    ...(frame === undefined ? [] : ["", frame]),
    ...causes.map((cause) => `caused by ${cause.name}: ${cause.message ?? ""}`),
  ].join("\n");
