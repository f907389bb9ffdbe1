/**
 * Reads bytes from values of scripts, and builds text from code units. Getters are captured, since a script's array
 * may override them.
 */
import { slotReader } from "./slots.ts";

const { apply, getPrototypeOf } = Reflect;
const { isView } = ArrayBuffer;
const { fromCharCode } = String;

/** The most arguments of one call that fit on the stack. */
const CHUNK = 8192;

const typedArray = getPrototypeOf(Uint8Array.prototype);
const bufferLength = slotReader<number>(ArrayBuffer.prototype, "byteLength");
/** The class name, such as "Uint8Array"; undefined for a DataView. */
export const typedArrayName = slotReader<string>(typedArray, Symbol.toStringTag);

interface ViewSlots {
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  readonly length: number;
}

function viewReader(prototype: object | null): (view: object) => ViewSlots | undefined {
  const buffer = slotReader<ArrayBuffer>(prototype, "buffer");
  const offset = slotReader<number>(prototype, "byteOffset");
  const length = slotReader<number>(prototype, "byteLength");
  return (view) => {
    const its = buffer(view);
    if (its === undefined) return undefined;
    return { buffer: its, offset: offset(view) ?? 0, length: length(view) ?? 0 };
  };
}

const readTypedArray = viewReader(typedArray);
const readDataView = viewReader(DataView.prototype);

export const viewSlots = (view: object): ViewSlots | undefined =>
  readTypedArray(view) ?? readDataView(view);

export const isBuffer = (value: object): value is ArrayBuffer => bufferLength(value) !== undefined;

/** The bytes of a buffer or view, not copied; undefined for other values. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const slots = isView(value)
    ? viewSlots(value)
    : { buffer: value, offset: 0, length: bufferLength(value) };
  if (slots?.length === undefined || !isBuffer(slots.buffer)) return undefined;
  // A detached buffer has no bytes, and views of it cannot be created.
  return slots.length === 0
    ? new Uint8Array()
    : new Uint8Array(slots.buffer, slots.offset, slots.length);
}

export function textOfUnits(units: Uint8Array | Uint16Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += CHUNK)
    text += apply(fromCharCode, undefined, units.subarray(at, at + CHUNK));
  return text;
}
