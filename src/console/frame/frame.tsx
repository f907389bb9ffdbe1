/** The frame of every page: header, navigation, palette, help and the banner of a lost connection. */
import { AppShell, Box, Center, Loader } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { sessionQuery } from "../api/session.ts";
import { Problem } from "../components/problem.tsx";
import { SignIn } from "../pages/sign-in/sign-in.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Header } from "./header.tsx";
import { Navigation } from "./navigation.tsx";
import { Palette } from "./palette.tsx";
import { ShortcutHelp } from "./shortcut-help.tsx";

/** Without a session, the address stays: after the sign-in its page is shown. */
export function Frame() {
  const session = useQuery(sessionQuery);
  const isSignIn = useLocation({ select: ({ pathname }) => pathname === "/sign-in" });
  if (session.data === null || isSignIn) return <SignIn />;
  if (session.data !== undefined) return <SignedIn />;
  if (session.isError)
    return (
      <Box p="md">
        <ConnectionBanner />
        <Problem error={session.error} onRetry={() => void session.refetch()} />
      </Box>
    );
  return (
    <Center h="100%">
      <Loader size="sm" aria-label="Loading" />
    </Center>
  );
}

function SignedIn() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 184, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
    >
      <Header isNavigationOpen={isOpen} onToggleNavigation={toggle} />
      <AppShell.Navbar p="xs">
        <Navigation onChosen={close} />
      </AppShell.Navbar>
      <AppShell.Main>
        <ConnectionBanner />
        <Outlet />
      </AppShell.Main>
      <Palette />
      <ShortcutHelp />
    </AppShell>
  );
}
