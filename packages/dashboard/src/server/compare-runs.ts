import { hash } from "node:crypto";
import { findRun, type StoragePort } from "@automatosx/workflow/observe";
import {
  definitionChanges,
  describeChanges,
  type RunView,
  type StepInfo,
} from "@automatosx/workflow/run-view";
import type { ComparedStep, Comparison } from "../api/run.schema.js";
import type { Reading } from "./Reading.js";

/** Compares two runs: what they were given, their definitions, and what became of their steps. */
export function compareRuns(reading: Reading, leftPart: string, rightPart: string): Comparison {
  const { storage, rows, definitions } = reading;
  const [left, right] = [findRun(storage, leftPart), findRun(storage, rightPart)];
  const sides = [left, right].map((run) => sideOf(reading, run.runId));
  const [before, after] = [left, right].map(
    (run) => definitions.get(run.currentDefinitionHash ?? run.definitionHash).definition,
  );
  const changes = before && after && definitionChanges(before, after);
  return {
    left: rows.row(left),
    right: rows.row(right),
    inputs: inputsOf(sides.map(({ inputs }) => inputs)),
    definition: changes === undefined ? [] : describeChanges(changes).split("; "),
    steps: stepsOf(sides.map(({ steps }) => steps)),
  };
}

interface Side {
  readonly inputs: Readonly<Record<string, unknown>>;
  /** By path, in the order of the definition. */
  readonly steps: ReadonlyMap<string, ComparedStep>;
}

function sideOf({ storage, readers }: Reading, runId: string): Side {
  const { view } = readers.latest(runId);
  const prices = pricesOf(storage, runId, view);
  return {
    inputs: view.inputs(),
    steps: new Map(view.steps().map((step) => [step.id, comparedStep(step, prices.get(step.id))])),
  };
}

function comparedStep(step: StepInfo, usd: number | undefined): ComparedStep {
  const { status, attemptNumber, startedAt, finishedAt, result } = step;
  const hasEnded = startedAt !== undefined && finishedAt !== undefined;
  return {
    status,
    attempts: attemptNumber,
    ...(hasEnded && { tookMs: Math.max(0, finishedAt - startedAt) }),
    ...(usd !== undefined && { usd }),
    ...(result !== undefined && { sha256: hash("sha256", JSON.stringify(result), "hex") }),
  };
}

// Without a report of any agent, the journal need not be read.
function pricesOf(
  storage: Pick<StoragePort, "readJournal">,
  runId: string,
  view: RunView,
): ReadonlyMap<string, number> {
  const prices = new Map<string, number>();
  if (view.budget() === undefined) return prices;
  for (const { stepId, payload } of storage.readJournal(runId)) {
    if (stepId === undefined || !payload.includes('"usage"')) continue;
    const { usage } = JSON.parse(payload) as { readonly usage?: { readonly usd?: unknown } };
    if (typeof usage?.usd === "number") prices.set(stepId, (prices.get(stepId) ?? 0) + usage.usd);
  }
  return prices;
}

function inputsOf(sides: readonly Readonly<Record<string, unknown>>[]): Comparison["inputs"] {
  const names = new Set(sides.flatMap((inputs) => Object.keys(inputs)));
  const [left = {}, right = {}] = sides;
  return [...names].map((name) => ({
    name,
    ...(Object.hasOwn(left, name) && { left: left[name] }),
    ...(Object.hasOwn(right, name) && { right: right[name] }),
  }));
}

function stepsOf(sides: readonly ReadonlyMap<string, ComparedStep>[]): Comparison["steps"] {
  const [left, right] = sides;
  const paths = new Set(sides.flatMap((steps) => [...steps.keys()]));
  return [...paths].map((step) => {
    const [one, other] = [left?.get(step) ?? null, right?.get(step) ?? null];
    const isSame =
      one !== null && other !== null && one.status === other.status && one.sha256 === other.sha256;
    return { step, left: one, right: other, isSame };
  });
}
