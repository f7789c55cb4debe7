import type { Ended, Part } from "./part.ts";

/** The parts of CI in the order in which they run. */
export interface Plan {
  /** One after the other, with nothing beside them. */
  readonly first: readonly Part[];
  /** The lanes run beside each other, the parts of a lane one after the other. */
  readonly lanes: readonly (readonly Part[])[];
  /** Like `first`, after the lanes: parts that measure. */
  readonly last: readonly Part[];
}

export interface Result extends Ended {
  readonly part: Part;
  /** Whether it failed in its lane and passed alone. */
  readonly isUnstable: boolean;
}

interface Doing {
  readonly run: (part: Part) => Promise<Ended>;
  /** Called when a part has ended, once for each time that it runs. */
  readonly onEnd?: (part: Part, ended: Ended) => void;
}

/**
 * Runs every part, also after one has failed, and returns the results in the order of the plan. A
 * part that fails in a lane is repeated when the lanes have ended, if it says how.
 */
export async function runParts(plan: Plan, { run, onEnd }: Doing): Promise<readonly Result[]> {
  const runOne = async (part: Part): Promise<Result> => {
    const ended = await run(part);
    onEnd?.(part, ended);
    return { ...ended, part, isUnstable: false };
  };
  const runLane = async (parts: readonly Part[]): Promise<readonly Result[]> => {
    const results: Result[] = [];
    for (const part of parts) results.push(await runOne(part));
    return results;
  };
  const first = await runLane(plan.first);
  const crowded = (await Promise.all(plan.lanes.map(runLane))).flat();
  const settled: Result[] = [];
  for (const result of crowded) settled.push(await repeatIfFailed(result, runOne));
  return [...first, ...settled, ...(await runLane(plan.last))];
}

async function repeatIfFailed(
  result: Result,
  runOne: (part: Part) => Promise<Result>,
): Promise<Result> {
  const { part, isOk, seconds } = result;
  if (isOk || part.again === undefined) return result;
  const again = await runOne({ ...part, command: part.again });
  return { ...again, part, seconds: seconds + again.seconds, isUnstable: again.isOk };
}
