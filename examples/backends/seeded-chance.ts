import { createHash } from "node:crypto";

/** Numbers in [0, 1) and ids that follow from a text: the same on every replay. */
export function seeded(text: string): {
  readonly chance: { next(): number };
  readonly ids: { next(): string };
} {
  let count = 0;
  const next = (): Buffer => {
    count += 1;
    return createHash("sha256").update(`${text}/${count}`).digest();
  };
  return {
    chance: { next: () => next().readUInt32BE(0) / 2 ** 32 },
    ids: { next: () => next().toString("hex", 0, 16) },
  };
}
