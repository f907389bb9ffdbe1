export interface SignedRequest {
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
  readonly decodedBody?: Buffer;
  readonly judgedAt: number;
}
export interface Verdict {
  readonly ok: boolean;
  readonly reason?: string;
}
export function verify(_s: string, _o: unknown, _r: SignedRequest): Verdict {
  return { ok: true };
}
