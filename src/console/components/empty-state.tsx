/** What stands where there is nothing to show: why, and the next step. */
import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

export const EmptyState = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}) => (
  <Stack align="center" gap="xs" py="xl" px="md" ta="center">
    <Title order={2}>{title}</Title>
    <Text component="div" c="dimmed" maw="36rem">
      {children}
    </Text>
  </Stack>
);
