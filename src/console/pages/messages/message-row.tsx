/** A message as a row: on a phone in two lines. */
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Status } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import type { Message } from "./live-messages.ts";
import classes from "./messages.module.css";

interface Place {
  readonly index: number;
  /** Pixels from the first row. */
  readonly start: number;
  readonly height: number;
}

interface Props {
  readonly message: Message;
  readonly place: Place;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly onToggle: ((id: string) => void) | undefined;
}

export const MessageRow = memo(RowOf, (before, after) => {
  const { index, start, height } = before.place;
  return (
    before.message === after.message &&
    before.isCurrent === after.isCurrent &&
    before.isSelected === after.isSelected &&
    before.onToggle === after.onToggle &&
    index === after.place.index &&
    start === after.place.start &&
    height === after.place.height
  );
});

function RowOf({ message, place, isCurrent, isSelected, onToggle }: Props) {
  const { id, receivedAt, status, provider, eventType, uri, method } = message;
  return (
    <tr
      aria-rowindex={place.index + 2}
      className={classes["row"]}
      data-current={isCurrent}
      style={{ transform: `translateY(${place.start}px)`, height: place.height }}
    >
      <td className={classes["select"]}>
        {onToggle === undefined ? null : (
          <input
            type="checkbox"
            aria-label={`Select the message of ${receivedAt}`}
            checked={isSelected}
            onChange={() => onToggle(id)}
          />
        )}
      </td>
      <td className={classes["time"]}>
        <Link to="/messages/$id" params={{ id }} className={classes["open"] ?? ""}>
          <Time at={receivedAt} />
        </Link>
      </td>
      <td className={classes["status"]}>
        <Status status={status} />
      </td>
      <td className={`${classes["provider"]} foreign one-line`}>{provider ?? "–"}</td>
      <td className={`${classes["event"]} foreign one-line`}>{eventType ?? ""}</td>
      <td className={`${classes["uri"]} foreign one-line mono`} title={`${method} ${uri}`}>
        {method === "POST" ? "" : `${method} `}
        {uri}
      </td>
      <td className={`${classes["line"]} foreign one-line`} title={message.message ?? ""}>
        {message.message ?? ""}
      </td>
    </tr>
  );
}
