/** The frame of a page's content: its title, which also names the browser's tab, and actions beside it. */
import { Group, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import classes from "./page.module.css";

export function Page({
  title,
  actions,
  isFull = false,
  children,
}: {
  readonly title: string;
  readonly actions?: ReactNode;
  /** The content fills the window and scrolls by itself. */
  readonly isFull?: boolean;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Hookyard`;
  }, [title]);
  return (
    <div className={isFull ? classes["full"] : classes["page"]}>
      <Group justify="space-between" wrap="wrap" gap="xs" mb="xs">
        <Title order={1}>{title}</Title>
        <Group gap="xs">{actions}</Group>
      </Group>
      {children}
    </div>
  );
}
