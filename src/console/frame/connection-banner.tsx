/** Says that the server does not answer, for how long, and that the console goes on by itself. */
import { Alert } from "@mantine/core";
import { useLostAt } from "../api/connection.ts";
import { Time } from "../components/time.tsx";

export function ConnectionBanner() {
  const lostAt = useLostAt();
  if (lostAt === undefined) return null;
  return (
    <Alert color="orange" variant="outline" role="status" m="xs" title="The server does not answer">
      Not since <Time at={new Date(lostAt).toISOString()} />. What you see is as of then. The
      console asks again every two seconds and goes on when the server is back.
    </Alert>
  );
}
