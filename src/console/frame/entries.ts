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
  [
    { to: "/messages", label: "Messages", icon: "messages", needs: "messages:read" },
    { to: "/problems", label: "Problems", icon: "problems", needs: "messages:read" },
    { to: "/overview", label: "Overview", icon: "overview", needs: "messages:read" },
  ],
  [
    { to: "/providers", label: "Providers", icon: "providers", needs: "scripts:read" },
    { to: "/functions", label: "Functions", icon: "functions", needs: "scripts:read" },
    { to: "/catalogue", label: "Catalogue", icon: "catalogue", needs: "scripts:read" },
  ],
  [
    { to: "/secrets", label: "Secrets", icon: "secrets", needs: "scripts:read" },
    { to: "/tokens", label: "Tokens", icon: "tokens", needs: "admin" },
    { to: "/sessions", label: "Sessions", icon: "sessions", needs: "messages:read" },
    { to: "/audit", label: "Audit log", icon: "audit", needs: "admin" },
    { to: "/alerts", label: "Alerts", icon: "alerts", needs: "admin" },
    { to: "/settings", label: "Settings", icon: "settings", needs: "admin" },
    { to: "/doctor", label: "Doctor", icon: "doctor", needs: "admin" },
  ],
];
