/** What can be done with a message. */
import { Button } from "@mantine/core";
import { useClipboard, useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "../../api/session.ts";
import { Icon } from "../../components/icon.tsx";
import { useShortcuts } from "../../components/shortcuts.ts";
import { bodyQuery } from "./body.tsx";
import { curlOf } from "./curl.ts";
import type { Details } from "./message-query.ts";
import { Resubmit } from "./resubmit.tsx";

export function Actions({ message }: { readonly message: Details }) {
  const may = useMay();
  const [isOpen, { open, close }] = useDisclosure(false);
  const clipboard = useClipboard();
  // Only what the page has loaded.
  const { data } = useQuery({ ...bodyQuery(message), enabled: false });
  const copyCurl = () => {
    clipboard.copy(curlOf(message, data?.text));
    notifications.show({ message: "The command is copied." });
  };
  const mayResubmit = may("messages:resubmit");
  useShortcuts([
    ...(mayResubmit ? [{ key: "r", does: "Resubmit the message", run: open }] : []),
    { key: "c", does: "Copy the message as a curl command", run: copyCurl },
  ]);
  return (
    <>
      {may("messages:details") ? (
        <>
          <Button variant="default" leftSection={<Icon name="copy" size={14} />} onClick={copyCurl}>
            Copy as curl
          </Button>
          <Button
            variant="default"
            component="a"
            href={`/api/v1/messages/${message.id}/body`}
            leftSection={<Icon name="download" size={14} />}
          >
            Body
          </Button>
        </>
      ) : null}
      {mayResubmit ? (
        <>
          <Button leftSection={<Icon name="again" size={14} />} onClick={open}>
            Resubmit
          </Button>
          <Resubmit message={message} isOpen={isOpen} onClose={close} />
        </>
      ) : null}
    </>
  );
}
