import { createHmac, timingSafeEqual } from "node:crypto";

const VALID_MS = 3_600_000;
const sign = (text, key) => createHmac("sha256", key).update(text).digest("base64url");

/** A signed token for the session of a user. */
export function issueToken(user, key, now = Date.now()) {
  const claims = Buffer.from(JSON.stringify({ user, until: now + VALID_MS })).toString("base64url");
  return `${claims}.${sign(claims, key)}`;
}

/** The user of a token, or null if the token was not issued with this key or has expired. */
export function readToken(token, key, now = Date.now()) {
  const [claims = "", signature = ""] = token.split(".");
  const expected = Buffer.from(sign(claims, key));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const { user, until } = JSON.parse(Buffer.from(claims, "base64url").toString());
  return now < until ? user : null;
}
