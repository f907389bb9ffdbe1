/** Resubmits the message: as it is or edited, for some functions, with the scripts of now or of then. */
import { Button, Checkbox, Group, Modal, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { diffLines } from "diff";
import { useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import { Problem } from "../../components/problem.tsx";
import { bodyQuery } from "./body.tsx";
import classes from "./message.module.css";
import type { Details } from "./message-query.ts";

/** A larger body is not edited in a form. */
const EDITABLE_BYTES = 200 * 1024;

export function Resubmit({
  message,
  isOpen,
  onClose,
}: {
  readonly message: Details;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title="Resubmit this message"
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <ResubmitForm message={message} />
    </Modal>
  );
}

function ResubmitForm({ message }: { readonly message: Details }) {
  const navigate = useNavigate();
  const names = message.executions.map(({ function: name }) => name);
  const [chosen, setChosen] = useState<readonly string[]>(names);
  const [scripts, setScripts] = useState("current");
  const [edited, setEdited] = useState<string>();
  const sending = useMutation({
    mutationFn: () => {
      const some = chosen.length === names.length ? {} : { functions: [...chosen] };
      const body = {
        ...some,
        ...(edited === undefined ? {} : { body: edited }),
        scripts: scripts === "original" ? ("original" as const) : ("current" as const),
      };
      return answerOf(
        api.POST("/api/v1/messages/{id}/resubmit", { params: { path: { id: message.id } }, body }),
      );
    },
    onSuccess: ({ messageId }) => void navigate({ to: "/messages/$id", params: { id: messageId } }),
  });
  return (
    <Stack gap="sm">
      {names.length < 2 ? null : (
        <Checkbox.Group label="Functions" value={[...chosen]} onChange={setChosen}>
          <Group mt={4}>
            {names.map((name) => (
              <Checkbox key={name} value={name} label={name} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <Radio.Group label="Scripts" value={scripts} onChange={setScripts}>
        <Group mt={4}>
          <Radio value="current" label="Of now" />
          <Radio value="original" label="Of the time when it was received" />
        </Group>
      </Radio.Group>
      <BodyEditor message={message} text={edited} onChange={setEdited} />
      {sending.isError ? <Problem error={sending.error} /> : null}
      <Group justify="flex-end">
        <Button
          loading={sending.isPending}
          disabled={names.length > 0 && chosen.length === 0}
          onClick={() => sending.mutate()}
        >
          {edited === undefined ? "Resubmit it as it is" : "Resubmit it edited"}
        </Button>
      </Group>
    </Stack>
  );
}

function BodyEditor({
  message,
  text,
  onChange,
}: {
  readonly message: Details;
  readonly text: string | undefined;
  readonly onChange: (text: string | undefined) => void;
}) {
  const isEditable = message.bodyBytes > 0 && message.bodyBytes <= EDITABLE_BYTES;
  const { data } = useQuery({ ...bodyQuery(message), enabled: isEditable });
  if (data === undefined || data.kind === "binary" || data.problem !== undefined) return null;
  if (text === undefined)
    return (
      <Group>
        <Button variant="default" onClick={() => onChange(data.text)}>
          Edit the body
        </Button>
      </Group>
    );
  return (
    <>
      <Textarea
        label="Body"
        description="An edited message is not verified: no sender signed it."
        autosize
        minRows={6}
        maxRows={20}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
        classNames={{ input: "mono" }}
      />
      <Changes before={data.text} after={text} />
    </>
  );
}

function Changes({ before, after }: { readonly before: string; readonly after: string }) {
  if (before === after) return <Text size="sm">It is unchanged.</Text>;
  const parts = diffLines(before, after).map((part, number) => ({ ...part, number }));
  return (
    <pre className={classes["block"]}>
      {parts.map(({ number, value, added, removed }) => {
        if (added) return <ins key={number}>{value}</ins>;
        return removed ? <del key={number}>{value}</del> : <span key={number}>{value}</span>;
      })}
    </pre>
  );
}
