import { createHash } from "node:crypto";

/** Precedes the agent's id in the name of its queue. */
const PREFIX = "agent/";

/**
 * Returns the name of the queue of an agent. pg-boss accepts letters, digits and `_-./` only, so
 * each other byte of the id is written as `.` and two hex digits.
 */
export function queueOfAgent(agentId: string): string {
  const encoded = [...Buffer.from(agentId)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[\w-]/.test(char) ? char : `.${byte.toString(16).padStart(2, "0")}`;
  });
  return `${PREFIX}${encoded.join("")}`;
}

/** Returns the agent of a queue; undefined if the queue belongs to something else. */
export function agentOfQueue(name: string): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const bytes = name
    .slice(PREFIX.length)
    .replaceAll(/\.([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** Returns the id of an attempt's job: the same attempt always has the same job. */
export function jobIdOf(idempotencyKey: string): string {
  const hex = createHash("sha256").update(idempotencyKey).digest("hex");
  // A UUID of version 8, whose other bits its maker defines.
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

/** Returns what all attempts at one step of a run have in common. */
export function stepKeyOf(idempotencyKey: string): string {
  return idempotencyKey.slice(0, idempotencyKey.lastIndexOf("/"));
}
