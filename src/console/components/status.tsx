/** The status of a message, an execution or anything else that is good or bad. */
import type { ReactNode } from "react";
import type { components } from "../api/description.ts";
import classes from "./status.module.css";

export type Tone = "good" | "bad" | "warn" | "busy" | "calm";

type AnyStatus =
  | components["schemas"]["Message"]["status"]
  | components["schemas"]["Execution"]["status"];

export const TONES: Readonly<Record<AnyStatus, Tone>> = {
  PENDING: "busy",
  RUNNING: "busy",
  SUCCESS: "good",
  FAILED: "bad",
  UNMATCHED: "warn",
  REJECTED: "bad",
  DUPLICATE: "calm",
  HANDSHAKE: "calm",
  FILTERED: "calm",
};

/** A word with the colour of its meaning. */
export const Chip = ({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) => (
  <span className={`${classes["status"]} ${classes[tone]}`}>{children}</span>
);

export const Status = ({ status }: { readonly status: AnyStatus }) => (
  <Chip tone={TONES[status]}>{status}</Chip>
);
