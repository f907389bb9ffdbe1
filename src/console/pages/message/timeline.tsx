/** From the socket to the outcome: what happened when, and how long it took. */
import { Title } from "@mantine/core";
import { durationText } from "../../components/amounts.ts";
import type { Tone } from "../../components/status.tsx";
import { exactTimeText } from "../../components/time.tsx";
import classes from "./message.module.css";
import type { Details } from "./message-query.ts";

export interface Step {
  readonly key: string;
  readonly label: string;
  /** Milliseconds since the message was received. */
  readonly start: number;
  readonly durationMs: number;
  readonly tone: Tone;
  readonly says: string;
}

export function stepsOf({ receivedAt, trace, executions, provider }: Details): readonly Step[] {
  const zero = Date.parse(receivedAt);
  const matchMs = trace.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const match: Step = {
    key: "match",
    label: "Match",
    start: 0,
    durationMs: matchMs,
    tone: provider === null ? "warn" : "good",
    says: provider ?? "no provider",
  };
  const attempts = executions.flatMap((execution) =>
    execution.attempts.map((attempt): Step => {
      const durationMs = attempt.durationMs ?? 0;
      const isOnly = execution.attempts.length === 1;
      return {
        key: `${execution.function} ${attempt.number}`,
        label: isOnly ? execution.function : `${execution.function}, attempt ${attempt.number}`,
        start: Math.max(0, Date.parse(attempt.endedAt) - durationMs - zero),
        durationMs,
        tone: toneOf(attempt.outcome),
        says: attempt.outcome,
      };
    }),
  );
  return [match, ...attempts];
}

const toneOf = (outcome: string): Tone => {
  if (outcome === "SUCCESS") return "good";
  return outcome === "FILTERED" ? "calm" : "bad";
};

export function Timeline({ message }: { readonly message: Details }) {
  const steps = stepsOf(message);
  const totalMs = Math.max(1, ...steps.map(({ start, durationMs }) => start + durationMs));
  const zero = Date.parse(message.receivedAt);
  const at = (ms: number) => exactTimeText(new Date(zero + ms).toISOString());
  return (
    <section aria-label="Timeline">
      <Title order={2} mb={4}>
        Timeline
      </Title>
      <ol className={classes["timeline"]}>
        <li>
          <span>Received</span>
          <span className={classes["track"]}>
            <span className={classes["point"]} style={{ left: 0 }} />
          </span>
          <span title={at(0)}>0 ms</span>
        </li>
        {steps.map(({ key, label, start, durationMs, tone, says }) => (
          <li key={key}>
            <span className="foreign one-line" title={label}>
              {label}
            </span>
            <span className={classes["track"]}>
              <span
                className={classes["bar"]}
                data-tone={tone}
                style={{
                  left: `${(start / totalMs) * 100}%`,
                  width: `max(3px, ${(durationMs / totalMs) * 100}%)`,
                }}
              />
            </span>
            <span title={at(start)}>
              {says} · {durationText(durationMs)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
