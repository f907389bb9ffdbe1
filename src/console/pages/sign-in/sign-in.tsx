/** Signs in with a token, or with the one-time code of the link that the server prints at its start. */
import { Button, Card, Center, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useEffect, useState } from "react";
import { SESSION_KEY, signIn } from "../../api/session.ts";
import { Problem } from "../../components/problem.tsx";
import { ConnectionBanner } from "../../frame/connection-banner.tsx";

/** Removed from the address at once, so that it does not stay in the history. */
function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? undefined;
  if (code !== undefined) history.replaceState(history.state, "", location.pathname);
  return code;
}

let code = takeCode();

export function SignIn() {
  const [token, setToken] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signing = useMutation({
    mutationFn: signIn,
    onSuccess: async (session) => {
      // What another person was shown is not for this one.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
      if (location.pathname === "/sign-in") await navigate({ to: "/messages", replace: true });
      queries.setQueryData(SESSION_KEY, session);
    },
  });
  const { mutate } = signing;
  useEffect(() => {
    document.title = "Sign in · Hookyard";
    if (code === undefined) return;
    mutate({ code });
    code = undefined;
  }, [mutate]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    mutate({ token: token.trim() });
  };
  return (
    <Center component="main" h="100%" p="md">
      <Card withBorder w="100%" maw="26rem">
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Title order={1}>Sign in to Hookyard</Title>
            <ConnectionBanner />
            <PasswordInput
              label="Token"
              description="The administrator's token, or one made on the page Tokens. The first start prints it."
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ "aria-label": "Show the token" }}
              data-autofocus
            />
            <Button type="submit" size="sm" loading={signing.isPending} disabled={token === ""}>
              Sign in
            </Button>
            {signing.isError ? <Problem error={signing.error} /> : null}
            <Text size="sm" c="dimmed">
              On the server's machine, each start also prints a link that signs in once, within ten
              minutes.
            </Text>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
