/** The parsed JSON of an answer. Tests read it without a type for its shape. */
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes are looked into.
export type Json = any;
