/** A JSON Web Token in a header. The algorithm is pinned by the script: a token never chooses how it is checked. */
import { createHash, createHmac, createPublicKey, verify as verifySignature } from "node:crypto";
import { z } from "zod";
import { secretSchema } from "./hmac.ts";
import {
  bodiesOf,
  decodeStrictly,
  equalBytes,
  liveSecrets,
  MISMATCH,
  NO_SECRET,
  OK,
  refuse,
  type SignedRequest,
  singleHeader,
  type Verdict,
} from "./request.ts";

const SHARED = { HS256: "sha256", HS384: "sha384", HS512: "sha512" } as const;
const PUBLIC = { RS256: "sha256", ES256: "sha256", EdDSA: null } as const;
const algorithm = z.enum(["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"]);
type Algorithm = z.infer<typeof algorithm>;

export const jwtSchema = z
  .strictObject({
    secret: secretSchema,
    /** PEM. */
    publicKey: secretSchema,
    header: z.string().min(1).default("authorization"),
    algorithms: z.array(algorithm).min(1).default(["HS256"]),
    issuer: z.string().optional(),
    audience: z.string().optional(),
    /** The claim that holds the hex SHA-256 of the body. */
    bodyHashClaim: z.string().optional(),
  })
  .refine(
    ({ algorithms, publicKey }) =>
      algorithms.every((name) => name in SHARED === (publicKey === undefined)),
    {
      error: "algorithms must fit the key: HS* with secret, RS256, ES256 or EdDSA with publicKey",
    },
  );
type JwtOptions = z.infer<typeof jwtSchema>;

const LEEWAY_SECONDS = 60;
const headSchema = z.object({ alg: z.string() });
const claimsSchema = z.looseObject({
  exp: z.number().optional(),
  nbf: z.number().optional(),
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
});

export function verifyJwt(options: JwtOptions, request: SignedRequest): Verdict {
  const keys = liveSecrets(options.publicKey ?? options.secret);
  if (keys.length === 0) return NO_SECRET;
  const found = singleHeader(request, options.header);
  if (!("value" in found)) return found;
  const [head = "", claims = "", signature = "", ...more] = found.value
    .replace(/^Bearer /i, "")
    .split(".");
  const parsedHead = headSchema.safeParse(parsePart(head));
  const parsedClaims = claimsSchema.safeParse(parsePart(claims));
  const given = decodeStrictly(signature, "base64url");
  if (!parsedHead.success || !parsedClaims.success || given === undefined || more.length > 0) {
    return refuse(`header ${options.header} does not hold a token of three parts`);
  }
  const used = options.algorithms.find((name) => name === parsedHead.data.alg);
  if (used === undefined) return refuse("the token uses an algorithm that is not allowed here");
  const content = Buffer.from(`${head}.${claims}`);
  if (!keys.some((key) => signatureFits(used, key, content, given))) return MISMATCH;
  const problem = claimProblem(parsedClaims.data, options, request);
  return problem === undefined ? OK : refuse(problem);
}

function parsePart(part: string): unknown {
  try {
    return JSON.parse(decodeStrictly(part, "base64url")?.toString("utf8") ?? "");
  } catch {
    return undefined;
  }
}

const isShared = (name: Algorithm): name is keyof typeof SHARED => name in SHARED;

function signatureFits(name: Algorithm, key: string, content: Buffer, given: Buffer): boolean {
  if (isShared(name))
    return equalBytes(createHmac(SHARED[name], key).update(content).digest(), given);
  const publicKey = createPublicKey(key);
  const kinds = { RS256: "rsa", ES256: "ec", EdDSA: "ed25519" } as const;
  if (publicKey.asymmetricKeyType !== kinds[name]) return false;
  return verifySignature(
    PUBLIC[name],
    content,
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    given,
  );
}

function claimProblem(
  claims: z.infer<typeof claimsSchema>,
  options: JwtOptions,
  request: SignedRequest,
): string | undefined {
  const seconds = request.judgedAt / 1000;
  if (claims.exp !== undefined && seconds > claims.exp + LEEWAY_SECONDS)
    return "the token has expired";
  if (claims.nbf !== undefined && seconds < claims.nbf - LEEWAY_SECONDS)
    return "the token is not valid yet";
  if (options.issuer !== undefined && claims.iss !== options.issuer)
    return "the token is from another issuer";
  if (options.audience !== undefined && ![claims.aud].flat().includes(options.audience))
    return "the token is for another audience";
  if (options.bodyHashClaim === undefined) return undefined;
  const claimed = claims[options.bodyHashClaim];
  const hash = typeof claimed === "string" ? decodeStrictly(claimed, "hex") : undefined;
  const fits =
    hash !== undefined &&
    bodiesOf(request).some((body) => equalBytes(createHash("sha256").update(body).digest(), hash));
  return fits ? undefined : "the token is for another body";
}
