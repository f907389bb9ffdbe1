/** An error with its remedy, and a way to try again. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { asProblem } from "../api/client.ts";

export function Problem({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}) {
  const { title, message } = asProblem(error);
  return (
    <Alert color="red" variant="outline" title={title} role="alert" my="sm">
      <Group justify="space-between" wrap="wrap">
        <Text size="sm" className="foreign">
          {message}
        </Text>
        {onRetry === undefined ? null : (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
