/** The JSON of an answer whose shape a test does not spell out: it looks into it, and expects what it finds. */
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes are looked into.
export type Json = any;
