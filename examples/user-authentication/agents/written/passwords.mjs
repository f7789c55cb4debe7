import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

const LENGTH = 32;

/** A salted hash of a password: the salt and the hash in hexadecimal, divided by a colon. */
export function hashPassword(password) {
  const salt = randomBytes(16);
  return `${salt.toString("hex")}:${scryptSync(password, salt, LENGTH).toString("hex")}`;
}

/** Whether the password is the one that was hashed. */
export function checkPassword(password, stored) {
  const [salt, hash] = stored.split(":").map((part) => Buffer.from(part, "hex"));
  return timingSafeEqual(scryptSync(password, salt, LENGTH), hash);
}
