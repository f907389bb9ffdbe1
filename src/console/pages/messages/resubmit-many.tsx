/** Resubmits the chosen messages, or all that fit the filter: first the count, then the progress and what became of them. */
import { Button, Checkbox, Group, Modal, Progress, Radio, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import { counted, countText } from "../../components/amounts.ts";
import { Loaded } from "../../components/loaded.tsx";
import { Problem } from "../../components/problem.tsx";
import { Status } from "../../components/status.tsx";
import { apiQuery, type Filter, STATUSES } from "./filter.ts";

/** The messages that are meant. */
export type Chosen =
  | { readonly kind: "ids"; readonly ids: readonly string[] }
  /** `before`: messages that arrive later are not meant. */
  | { readonly kind: "filter"; readonly filter: Filter; readonly before: string };

interface Options {
  readonly scripts: "current" | "original";
  readonly isOnce: boolean;
}

type Counts = Readonly<Record<string, number>>;

export function ResubmitMany({
  chosen,
  onClose,
}: {
  readonly chosen: Chosen | undefined;
  readonly onClose: () => void;
}) {
  return (
    <Modal
      opened={chosen !== undefined}
      onClose={onClose}
      title="Resubmit messages"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {chosen === undefined ? null : <Form chosen={chosen} />}
    </Modal>
  );
}

function Form({ chosen }: { readonly chosen: Chosen }) {
  const [options, setOptions] = useState<Options>({ scripts: "current", isOnce: false });
  const [done, setDone] = useState(0);
  const count = useQuery({
    queryKey: ["resubmission-count", chosen, options.isOnce],
    queryFn: () => countOf(chosen, options),
    staleTime: 0,
  });
  const sending = useMutation({ mutationFn: () => resubmit(chosen, options, setDone) });
  if (sending.isSuccess) return <Outcome counts={sending.data} />;
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Scripts"
        value={options.scripts}
        onChange={(value) =>
          setOptions({ ...options, scripts: value === "original" ? "original" : "current" })
        }
      >
        <Group mt={4}>
          <Radio value="current" label="Of now" />
          <Radio value="original" label="Of the time of each message" />
        </Group>
      </Radio.Group>
      {chosen.kind === "ids" ? null : (
        <Checkbox
          label="Leave out messages that were resubmitted before"
          checked={options.isOnce}
          onChange={(event) => setOptions({ ...options, isOnce: event.currentTarget.checked })}
        />
      )}
      {sending.isError ? <Problem error={sending.error} /> : null}
      <Loaded query={count}>
        {(total) => (
          <>
            {sending.isPending && chosen.kind === "ids" ? (
              <Progress value={(done / total) * 100} aria-label="Progress" />
            ) : null}
            <Group justify="flex-end">
              <Button
                loading={sending.isPending}
                disabled={total === 0}
                onClick={() => sending.mutate()}
              >
                Resubmit {counted(total, "message")}
              </Button>
            </Group>
          </>
        )}
      </Loaded>
    </Stack>
  );
}

const Outcome = ({ counts }: { readonly counts: Counts }) => (
  <Stack gap="xs">
    <Text>
      {counted(
        Object.values(counts).reduce((sum, one) => sum + one, 0),
        "message",
      )}{" "}
      resubmitted. The copies stand at the top of the list. Pending ones still run.
    </Text>
    {STATUSES.filter((status) => (counts[status] ?? 0) > 0).map((status) => (
      <Group key={status} gap="xs">
        <Status status={status} />
        {countText(counts[status] ?? 0)}
      </Group>
    ))}
  </Stack>
);

const bulkQuery = (
  { filter, before }: Chosen & { readonly kind: "filter" },
  { isOnce }: Options,
) => ({
  ...apiQuery(filter),
  ...(filter.to === undefined ? { to: before } : {}),
  ...(isOnce ? { resubmitted: false } : {}),
});

async function countOf(chosen: Chosen, options: Options): Promise<number> {
  if (chosen.kind === "ids") return chosen.ids.length;
  const body = { ...bulkQuery(chosen, options), dryRun: true };
  return (await answerOf(api.POST("/api/v1/messages/resubmit", { body }))).count;
}

async function resubmit(
  chosen: Chosen,
  options: Options,
  onDone: (count: number) => void,
): Promise<Counts> {
  const { scripts } = options;
  if (chosen.kind === "filter") {
    const body = { ...bulkQuery(chosen, options), scripts };
    return (await answerOf(api.POST("/api/v1/messages/resubmit", { body }))).statuses ?? {};
  }
  const counts: Record<string, number> = {};
  // Oldest first, one after the other, as they came.
  for (const [index, id] of chosen.ids.toSorted().entries()) {
    const { status = "PENDING" } = await answerOf(
      api.POST("/api/v1/messages/{id}/resubmit", { params: { path: { id } }, body: { scripts } }),
    );
    counts[status] = (counts[status] ?? 0) + 1;
    onDone(index + 1);
  }
  return counts;
}
