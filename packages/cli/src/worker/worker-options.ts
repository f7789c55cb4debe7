import { parseDuration } from "@automatosx/schemas";
import type { DbOptions } from "../database.js";
import { next } from "../next/actions.js";
import { UsageError } from "../UsageError.js";

/** The flags of `axw worker`. */
export interface WorkerOptions extends DbOptions {
  readonly agents?: string;
  /** How many attempts at once, by agent id: `claude=4,gpu=1`. */
  readonly slots?: string;
  /** How many attempts of all workers together at once, by agent id. */
  readonly maxConcurrent?: string;
  /** How many runs the worker decides at once; 0 to perform attempts only. */
  readonly runs: number;
  /** How long running work may take after the first signal. */
  readonly drain: string;
  readonly allowFileAgents?: boolean;
  /** The address on which the worker answers Restate. */
  readonly listen?: string;
  /** The URL under which Restate reaches the worker. */
  readonly advertise?: string;
  /** The database for the rows and logs of the runs of Restate: `sqlite:PATH`, `postgres://…`. */
  readonly sink?: string;
  /** The folder for large results of Restate, which all workers share. */
  readonly artifacts?: string;
  /** Whether to register the worker with Restate. */
  readonly register?: boolean;
  /** The URL of a worker that never returns, whose work this one continues. */
  readonly replace?: string;
  readonly json?: boolean;
}

/** How many attempts of an agent a worker performs at once if `--slots` does not name it. */
const DEFAULT_SLOTS = 4;

const MAX_SLOTS = 10_000;

/** @throws UsageError `invalid_argument` */
export function drainMs({ drain }: WorkerOptions): number {
  const ms = parseDuration(drain);
  if (ms !== undefined) return ms;
  throw usage("--drain must be a duration.", "Write 10m, 90s or 1h.");
}

/**
 * The slots of the agents that a worker serves. `served` are their ids, with `*` if one agent
 * performs every other id too.
 *
 * @throws UsageError `invalid_argument`
 */
export function slotsOf(
  { slots: text = "" }: WorkerOptions,
  served: readonly string[],
): Readonly<Record<string, number>> {
  const typed = pairsOf("--slots", text);
  const unknown = [...typed.keys()].find((id) => !served.includes(id) && !served.includes("*"));
  if (unknown !== undefined)
    throw usage(
      `--slots names the agent \`${unknown}\`, which is not defined.`,
      served.length === 0
        ? "Define it in an agents file, and pass that file with --agents."
        : `Defined: ${served.join(", ")}.`,
    );
  const ids = [...new Set([...served, ...typed.keys()])];
  return Object.fromEntries(ids.map((id) => [id, typed.get(id) ?? DEFAULT_SLOTS]));
}

/**
 * The limits over all workers, by agent id.
 *
 * @throws UsageError `invalid_argument`
 */
export function limitsOf({
  maxConcurrent = "",
}: Pick<WorkerOptions, "maxConcurrent">): Readonly<Record<string, number>> {
  return Object.fromEntries(pairsOf("--max-concurrent", maxConcurrent));
}

function pairsOf(flag: string, text: string): ReadonlyMap<string, number> {
  const pairs = text.split(",").filter((pair) => pair !== "");
  return new Map(pairs.map((pair) => pairOf(flag, pair)));
}

function pairOf(flag: string, pair: string): readonly [string, number] {
  const at = pair.lastIndexOf("=");
  const [id, count] = [pair.slice(0, at), Number(pair.slice(at + 1))];
  if (at > 0 && Number.isSafeInteger(count) && count >= 1 && count <= MAX_SLOTS) return [id, count];
  throw usage(
    `${flag} must be AGENT=N, separated by commas; ${pair} is not.`,
    `Write claude=4,gpu=1. N is a whole number from 1 to ${MAX_SLOTS}.`,
  );
}

function usage(message: string, remedy: string): UsageError {
  return new UsageError(message, {
    remedy,
    next: next("read_help", "wrong_usage", { args: ["worker"] }),
  });
}
