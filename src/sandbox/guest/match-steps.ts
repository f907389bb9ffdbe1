/** What a match script is asked, in order. */
export const STEPS = ["default", "handshake", "verify", "deliveryId", "eventType"] as const;
export type Step = (typeof STEPS)[number];
