/** The bar at the top: the button of the palette, the colour scheme, and the name of the session. */
import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  Kbd,
  Menu,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SESSION_KEY, sessionQuery, signOut } from "../api/session.ts";
import { Icon } from "../components/icon.tsx";
import { Time } from "../components/time.tsx";
import classes from "./header.module.css";
import { openShortcutHelp } from "./shortcut-help.tsx";

export function Header({
  isNavigationOpen,
  onToggleNavigation,
}: {
  readonly isNavigationOpen: boolean;
  readonly onToggleNavigation: () => void;
}) {
  return (
    <AppShell.Header>
      <Group h="100%" px="sm" gap="xs" justify="space-between" wrap="nowrap">
        <Group gap="xs" wrap="nowrap">
          <Burger
            opened={isNavigationOpen}
            onClick={onToggleNavigation}
            hiddenFrom="sm"
            size="sm"
            aria-label="Navigation"
          />
          <Link to="/messages" className={classes["brand"] ?? ""}>
            Hookyard
          </Link>
        </Group>
        <Group gap={4} wrap="nowrap">
          <Button
            variant="default"
            leftSection={<Icon name="search" size={14} />}
            rightSection={<Kbd size="xs">Ctrl K</Kbd>}
            onClick={spotlight.open}
            visibleFrom="sm"
          >
            Go to or do
          </Button>
          <IconButton icon="search" label="Go to or do (Ctrl-K)" onClick={spotlight.open} small />
          <IconButton icon="help" label="Keyboard (?)" onClick={openShortcutHelp} />
          <ColorScheme />
          <Person />
        </Group>
      </Group>
    </AppShell.Header>
  );
}

function IconButton({
  icon,
  label,
  onClick,
  small = false,
}: {
  readonly icon: "search" | "help" | "sun" | "moon";
  readonly label: string;
  readonly onClick: () => void;
  readonly small?: boolean;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        onClick={onClick}
        {...(small ? { hiddenFrom: "sm" } : {})}
      >
        <Icon name={icon} size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

function ColorScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme() === "dark";
  return (
    <IconButton
      icon={isDark ? "sun" : "moon"}
      label={isDark ? "Light colours" : "Dark colours"}
      onClick={() => setColorScheme(isDark ? "light" : "dark")}
    />
  );
}

function Person() {
  const { data } = useQuery(sessionQuery);
  const queries = useQueryClient();
  const leave = async () => {
    await signOut();
    queries.setQueryData(SESSION_KEY, null);
    // The next person at this browser is not shown what this one saw.
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
  };
  if (data === null || data === undefined) return null;
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<Icon name="sessions" />}>
          <span className={`${classes["name"]} one-line`}>{data.name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Text size="xs" px="sm" py={4}>
          The session may: {data.permissions.join(", ")}. It ends <Time at={data.expiresAt} />.
        </Text>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="exit" />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
