/** What match scripts have said, as it leaves: without secrets, and no more than its limits allow, in bytes of UTF-8. */
import type { Fault, WireMatchReport } from "../protocol.ts";
import { leavingText, MAX_BYTES } from "./leaving-text.ts";
import type { Mask } from "./mask.ts";

type Entry = WireMatchReport["trace"][number];

/** The answer to a handshake stays: it is what the sender has to get. */
export function leavingMatch(report: WireMatchReport, mask: Mask): WireMatchReport {
  const { trace, verdict, deliveryId, eventType } = report;
  const label = (text: string) => leavingText(text, MAX_BYTES.label, mask);
  return {
    ...report,
    trace: trace.map((entry) => leavingEntry(entry, mask)),
    ...(verdict === undefined ? {} : { verdict: leavingVerdict(verdict, mask) }),
    ...(deliveryId === undefined ? {} : { deliveryId: label(deliveryId) }),
    ...(eventType === undefined ? {} : { eventType: label(eventType) }),
  };
}

function leavingEntry(entry: Entry, mask: Mask): Entry {
  const { warning, error, logs } = entry;
  if (warning === undefined && error === undefined && logs === undefined) return entry;
  return {
    ...entry,
    ...(warning === undefined ? {} : { warning: leavingText(warning, MAX_BYTES.warning, mask) }),
    ...(error === undefined ? {} : { error: leavingFault(error, mask) }),
    ...(logs === undefined
      ? {}
      : {
          logs: logs.map((line) => ({
            ...line,
            text: leavingText(line.text, MAX_BYTES.line, mask),
          })),
        }),
  };
}

function leavingVerdict(
  verdict: NonNullable<WireMatchReport["verdict"]>,
  mask: Mask,
): NonNullable<WireMatchReport["verdict"]> {
  const { reason, error } = verdict;
  return {
    ...verdict,
    ...(reason === undefined ? {} : { reason: leavingText(reason, MAX_BYTES.label, mask) }),
    ...(error === undefined ? {} : { error: leavingFault(error, mask) }),
  };
}

const leavingFault = (fault: Fault, mask: Mask): Fault => ({
  ...fault,
  name: leavingText(fault.name, MAX_BYTES.faultName, mask),
  message: leavingText(fault.message, MAX_BYTES.faultMessage, mask),
  ...(fault.stack === undefined ? {} : { stack: leavingText(fault.stack, MAX_BYTES.stack, mask) }),
});
