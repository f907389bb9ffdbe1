/** The list of pages that the session may see. */
import { Divider, NavLink } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import { Fragment } from "react";
import { useMay } from "../api/session.ts";
import { Icon } from "../components/icon.tsx";
import { NAVIGATION } from "./entries.ts";

export function Navigation({ onChosen }: { readonly onChosen: () => void }) {
  const may = useMay();
  const path = useLocation({ select: ({ pathname }) => pathname });
  return (
    <nav aria-label="Pages">
      {NAVIGATION.map((group, index) => (
        <Fragment key={group[0]?.to}>
          {index === 0 ? null : <Divider my={6} />}
          {group
            .filter(({ needs }) => may(needs))
            .map(({ to, label, icon }) => (
              <NavLink
                key={to}
                component={Link}
                to={to}
                label={label}
                leftSection={<Icon name={icon} />}
                active={path === to || path.startsWith(`${to}/`)}
                onClick={onChosen}
                py={5}
              />
            ))}
        </Fragment>
      ))}
    </nav>
  );
}
