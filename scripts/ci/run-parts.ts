import type { Ended, Part } from "./part.ts";

/** Lanes run beside each other, the parts of a lane one after the other. */
type Stage = readonly (readonly Part[])[];

/** The stages of CI, one after the other. */
export type Plan = readonly Stage[];

export interface Result extends Ended {
  readonly part: Part;
  /** Whether it failed, and passed when it was repeated alone. */
  readonly isUnstable: boolean;
}

interface Doing {
  readonly run: (part: Part) => Promise<Ended>;
  /** Called when a part has ended, once for each time that it runs. */
  readonly onEnd?: (part: Part, ended: Ended) => void;
}

/**
 * Runs every part, also after one has failed, and returns the results in the order of the plan. A
 * part that fails is repeated alone when its stage has ended, if it says how.
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
  const settled: Result[] = [];
  for (const stage of plan) {
    const results = (await Promise.all(stage.map(runLane))).flat();
    for (const result of results) settled.push(await repeatIfFailed(result, runOne));
  }
  return settled;
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
