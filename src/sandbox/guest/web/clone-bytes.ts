/** Clones buffers and views: their bytes, never their own properties. */
import { isBuffer, typedArrayName, viewSlots } from "./bytes.ts";
import { type Cloning, refuse } from "./cloning.ts";
import { slotReader } from "./slots.ts";

const VIEWS = new Map<string | undefined, abstract new (...args: never[]) => ArrayBufferView>(
  [
    DataView,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((type) => [type === DataView ? undefined : type.name, type]),
);

const isDetached = slotReader<boolean>(ArrayBuffer.prototype, "detached");
const isResizable = slotReader<boolean>(ArrayBuffer.prototype, "resizable");
const maxLength = slotReader<number>(ArrayBuffer.prototype, "maxByteLength");
const lengthOfArray = slotReader<number>(Reflect.getPrototypeOf(Uint8Array.prototype), "length");

/** Undefined for an object that only inherits from ArrayBuffer. */
export function cloneBuffer(value: object, cloning: Cloning): object | undefined {
  if (!isBuffer(value)) return undefined;
  if (isDetached(value) === true) return refuse("a detached ArrayBuffer");
  const bytes = new Uint8Array(value);
  const maxByteLength = maxLength(value) ?? bytes.length;
  const copy =
    isResizable(value) === true
      ? new ArrayBuffer(bytes.length, { maxByteLength })
      : new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return cloning.keep(value, copy);
}

export function cloneView(value: object, cloning: Cloning): object {
  const slots = viewSlots(value);
  const name = typedArrayName(value);
  const type = VIEWS.get(name);
  if (slots === undefined || type === undefined) return refuse("a view past the end of its buffer");
  const buffer = cloning.clone(slots.buffer);
  const length = name === undefined ? slots.length : lengthOfArray(value);
  return cloning.keep(value, Reflect.construct(type, [buffer, slots.offset, length]));
}
