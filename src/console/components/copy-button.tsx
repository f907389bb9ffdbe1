/** A button that copies a text and says so. */
import { ActionIcon, CopyButton as MantineCopyButton, Tooltip } from "@mantine/core";
import { Icon } from "./icon.tsx";

export const CopyButton = ({ text, label }: { readonly text: string; readonly label: string }) => (
  <MantineCopyButton value={text} timeout={1500}>
    {({ copied, copy }) => (
      <Tooltip label={copied ? "Copied" : label}>
        <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
          <Icon name={copied ? "check" : "copy"} />
        </ActionIcon>
      </Tooltip>
    )}
  </MantineCopyButton>
);
