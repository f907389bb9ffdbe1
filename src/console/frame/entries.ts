/** Every group of pages, in the order of the navigation. */
import type { Permission } from "../api/session.ts";
import type { IconName } from "../components/icon.tsx";

export interface Entry {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  /** The page is offered to sessions with this permission. */
  readonly needs: Permission;
}

export const NAVIGATION: readonly (readonly Entry[])[] = [
  [{ to: "/messages", label: "Messages", icon: "messages", needs: "messages:read" }],
];
