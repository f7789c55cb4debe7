import { isRecord } from "@automatosx/workflow/checks";
import type { StoragePort } from "@automatosx/workflow/observe";
import type { RerunPlan, RunView } from "@automatosx/workflow/run-view";
import { type DbOptions, openToRead } from "../database.js";
import type { CliIo } from "../io.js";
import type { RunToChange } from "./run-to-change.js";

/** The time and usage of the latest completed attempts of the steps to perform. */
export interface Measured {
  /** How many of these steps have completed before. */
  readonly stepCount: number;
  /** The sum of their times. */
  readonly durationMs: number;
  /** What their agents reported, in US dollars. Absent if none did. */
  readonly usd?: number;
  /** The tokens that their agents reported. Absent if none did. */
  readonly tokens?: number;
}

/** Adds up what the steps to perform took when this run performed them before. */
export async function measureRun(
  io: CliIo,
  { run: { runId }, view }: RunToChange,
  rerun: RerunPlan,
  options: DbOptions,
): Promise<Measured> {
  using storage = await openToRead(io, options);
  return measure(storage, runId, view, rerun);
}

/** The same, from a storage and a view that are open already. */
export function measure(
  storage: Pick<StoragePort, "readJournal">,
  runId: string,
  view: Pick<RunView, "steps" | "budget">,
  rerun: RerunPlan,
): Measured {
  const performed = new Set(rerun.performed());
  let [stepCount, durationMs] = [0, 0];
  for (const { id, status, startedAt, finishedAt } of view.steps()) {
    if (!performed.has(id) || status !== "completed") continue;
    if (startedAt === undefined || finishedAt === undefined) continue;
    stepCount += 1;
    durationMs += Math.max(0, finishedAt - startedAt);
  }
  // Without a report of any agent, the journal need not be read.
  if (stepCount === 0 || view.budget() === undefined) return { stepCount, durationMs };
  return { stepCount, durationMs, ...usageOf(storage, runId, performed) };
}

function usageOf(
  storage: Pick<StoragePort, "readJournal">,
  runId: string,
  performed: ReadonlySet<string>,
): Pick<Measured, "usd" | "tokens"> {
  const latest = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { type, stepId, payload } of storage.readJournal(runId)) {
    if (type !== "step_completed" || stepId === undefined || !performed.has(stepId)) continue;
    if (!payload.includes('"usage"')) continue;
    const { usage } = JSON.parse(payload) as { readonly usage?: unknown };
    if (isRecord(usage)) latest.set(stepId, usage);
  }
  const sum = (name: string): number | undefined => {
    const amounts = [...latest.values()].flatMap((usage) =>
      typeof usage[name] === "number" ? [usage[name]] : [],
    );
    return amounts.length === 0 ? undefined : amounts.reduce((total, each) => total + each, 0);
  };
  const [usd, tokens] = [sum("usd"), sum("tokens")];
  return { ...(usd !== undefined && { usd }), ...(tokens !== undefined && { tokens }) };
}
