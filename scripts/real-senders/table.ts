/** One row for each message that a program sent, and whether all is as it must be. */
import type { Received } from "./receiver.ts";
import type { Sender } from "./sender.ts";

export interface Row {
  readonly program: string;
  readonly cells: readonly string[];
  readonly isRight: boolean;
}

const HEAD = ["program", "sent", "answer", "provider", "verified", "functions run", ""];

export function rowsOf(
  sender: Sender,
  messages: readonly Received[],
  statuses: readonly number[],
): readonly Row[] {
  const [program] = sender.packages;
  const amount = Math.max(messages.length, statuses.length, sender.messages);
  return Array.from({ length: amount }, (_, at) => row(sender, messages[at], statuses[at])).map(
    (one) => ({ program, ...one }),
  );
}

function row(sender: Sender, message: Received | undefined, status: number | undefined) {
  if (message === undefined)
    return { cells: ["nothing arrived", `${status ?? "-"}`, "-", "-", "-"], isRight: false };
  const { provider, verification, executions } = message;
  const isRight =
    status === (sender.answers === undefined ? 202 : 200) &&
    message.status === "SUCCESS" &&
    provider === sender.provider &&
    verification?.result === "ok" &&
    executions.length === 1;
  const ran = executions.map((one) => `${one.function} ${one.status}`).join(", ");
  const reason = verification?.reason === undefined ? "" : `: ${verification.reason}`;
  const verified = verification === null ? "-" : `${verification.result}${reason}`;
  return {
    cells: [sent(message), `${status ?? "-"}`, provider ?? "none", verified, ran || "none"],
    isRight,
  };
}

function sent({ method, eventType, bodyBytes, headers }: Received): string {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "no type";
  return [method, ...(eventType === null ? [] : [eventType]), type, `${bodyBytes} bytes`].join(" ");
}

export function table(rows: readonly Row[]): string {
  const lines = [
    HEAD,
    ...rows.map(({ program, cells, isRight }) => [program, ...cells, isRight ? "ok" : "WRONG"]),
  ];
  const widths = HEAD.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
