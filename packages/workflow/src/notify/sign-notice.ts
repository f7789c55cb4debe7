import { createHmac } from "node:crypto";

/** What a signature covers. */
export interface SignedRequest {
  readonly id: string;
  /** In whole seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** A secret with this beginning is followed by the key in Base64. */
const ENCODED = "whsec_";

/**
 * Returns the value of the header `webhook-signature`, as Standard Webhooks defines it:
 * `v1,` and the HMAC-SHA256 of the id, the timestamp and the body, in Base64.
 */
export function signNotice(secret: string, { id, timestamp, body }: SignedRequest): string {
  const key = secret.startsWith(ENCODED)
    ? Buffer.from(secret.slice(ENCODED.length), "base64")
    : secret;
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`);
  return `v1,${signature.digest("base64")}`;
}
