import { z } from "zod";
import { described } from "./described.js";
import { durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";
import { MAX_INT } from "./integer.js";
import { once } from "./once.js";

const amountKeys = () => ({
  usd: described(z.number().min(0).exactOptional(), "US dollars."),
  tokens: described(
    z.int().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
    "Tokens, read and written.",
  ),
});

/** What an attempt may be expected to use, as written. */
export const WrittenAmounts = once(() =>
  extensible(
    z.strictObject({
      ...amountKeys(),
    }),
  ).meta({
    id: "Amounts",
    description: "What one attempt may be expected to use. Example: `{ usd: 0.5, tokens: 20000 }`.",
  }),
);

/** A percentage as a key: `80%`. */
export const PERCENT_PATTERN = /^(?:100|[1-9]\d?)(?:(?<!100)\.\d{1,3})?%$/;

/** What a run may use in all, as written. */
export const WrittenBudget = once(() =>
  extensible(
    z.strictObject({
      ...amountKeys(),
      launches: described(z.int().min(0).max(MAX_INT).exactOptional(), "Attempts of agents."),
      wall: described(
        durationOf(0).exactOptional(),
        "Time in which something is in flight: `2h`, or milliseconds.",
      ),
      at: described(
        z
          .record(
            z.string().regex(PERCENT_PATTERN, { error: "expected a percentage such as 80%" }),
            z.enum(["warn", "pause", "fail"]),
          )
          .exactOptional(),
        "What happens at which percentage: `{ 80%: warn, 100%: pause }`. At 100% the run pauses " +
          "unless it says `fail`.",
      ),
      unmetered: described(
        z.enum(["pause", "allow"]).exactOptional(),
        "What happens when an attempt does not say what it used: `allow` (default), or `pause`.",
      ),
    }),
  ).meta({
    id: "Budget",
    description: "What a run may use in all. Example: `{ usd: 8, wall: 2h }`.",
  }),
);

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["sec", 1000],
  ["second", 1000],
  ["m", 60_000],
  ["min", 60_000],
  ["minute", 60_000],
  ["h", 3_600_000],
  ["hour", 3_600_000],
  ["d", 86_400_000],
  ["day", 86_400_000],
]);
const RATE_PATTERN =
  /^([1-9]\d{0,8})\s*\/\s*(?:([1-9]\d{0,5})\s*)?(s|sec|second|m|min|minute|h|hour|d|day)$/;

/** How often an agent may be started: `10/min`, as written. */
export const WrittenRate = once(() =>
  z.string().refine((written) => RATE_PATTERN.test(written), {
    error: "is not a rate",
    params: { rule: "bad_rate" },
  }),
);

/** Reads a rate that has the form of one. */
export function parseRate(written: string): { count: number; windowMs: number } | undefined {
  const [, count, units = "1", unit = ""] = RATE_PATTERN.exec(written) ?? [];
  const unitMs = UNIT_MS.get(unit);
  if (count === undefined || unitMs === undefined) return undefined;
  return { count: Number(count), windowMs: Number(units) * unitMs };
}
