import { parseDuration } from "@automatosx/schemas";
import type { BudgetLimits } from "@automatosx/workflow";
import { next } from "./next/actions.js";
import { UsageError } from "./UsageError.js";

/** Parses each limit as the user typed it; undefined if the text is invalid. */
const LIMITS: Readonly<Record<string, (text: string) => BudgetLimits | undefined>> = {
  usd: (text) => amount(text, (usd) => ({ usd })),
  tokens: (text) => whole(text, (tokens) => ({ tokens })),
  launches: (text) => whole(text, (launches) => ({ launches })),
  wall(text) {
    const wallMs = parseDuration(text);
    return wallMs === undefined ? undefined : { wallMs };
  },
};

const EXAMPLES: Readonly<Record<string, string>> = {
  usd: "usd=12",
  tokens: "tokens=2000000",
  launches: "launches=50",
  wall: "wall=2h",
};

/**
 * Returns the limits that `--budget LIMIT=VALUE` raises; undefined without the flag.
 *
 * @throws UsageError `invalid_argument`
 */
export function readBudget(pairs: readonly string[] | undefined): BudgetLimits | undefined {
  if (pairs === undefined) return undefined;
  const known = Object.keys(LIMITS).join(", ");
  return Object.assign(
    {},
    ...pairs
      .flatMap((pair) => pair.split(","))
      .map((pair) => {
        const [name = "", ...rest] = pair.split("=");
        const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name]?.(rest.join("=")) : undefined;
        if (limit !== undefined) return limit;
        const example = EXAMPLES[name];
        throw new UsageError(`--budget cannot be read: \`${pair}\`.`, {
          remedy:
            example === undefined
              ? `A limit is one of ${known}: --budget usd=12.`
              : `Write it as --budget ${example}.`,
          next: next("read_help", "wrong_usage", { args: ["resume"] }),
        });
      }),
  ) as BudgetLimits;
}

function amount<Limit>(text: string, limitOf: (value: number) => Limit): Limit | undefined {
  return /^\d+(?:\.\d+)?$/.test(text) ? limitOf(Number(text)) : undefined;
}

function whole<Limit>(text: string, limitOf: (value: number) => Limit): Limit | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? limitOf(value) : undefined;
}
