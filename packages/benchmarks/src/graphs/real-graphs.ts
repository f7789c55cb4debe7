import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A scientific workflow with measured runtimes, from the source given in data/README.md. */
export interface RealGraph {
  readonly name: string;
  /** The number of tasks. */
  readonly n: number;
  /** `deps[i]` are the tasks that task `i` waits for. */
  readonly deps: readonly (readonly number[])[];
  /** `ms[i]` is the runtime of task `i`, in ms. */
  readonly ms: readonly number[];
}

export function readRealGraphs(): RealGraph[] {
  const packed = readFileSync(new URL("../../data/wfinstances.jsonl.gz", import.meta.url));
  const lines = gunzipSync(packed).toString("utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as RealGraph);
}

export interface Bounds {
  /** The length of the longest path through the graph, in ms; no schedule is shorter. */
  readonly criticalPathMs: number;
  /** The time to run all tasks one after another, in ms. */
  readonly workMs: number;
}

export function boundsOf({ deps, ms }: RealGraph): Bounds {
  const endOf: (number | undefined)[] = ms.map(() => undefined);
  // Uses an explicit stack, because a graph may be deeper than the call stack and need not be
  // sorted.
  for (let root = 0; root < ms.length; root += 1) {
    const stack = [root];
    for (let index = stack.at(-1); index !== undefined; index = stack.at(-1)) {
      const waitingFor = (deps[index] ?? []).filter(
        (dependency) => endOf[dependency] === undefined,
      );
      if (waitingFor.length > 0) {
        stack.push(...waitingFor);
        continue;
      }
      const ready = (deps[index] ?? []).map((dependency) => endOf[dependency] ?? 0);
      endOf[index] = Math.max(0, ...ready) + (ms[index] ?? 0);
      stack.pop();
    }
  }
  return {
    criticalPathMs: Math.max(0, ...endOf.map((at) => at ?? 0)),
    workMs: ms.reduce((sum, each) => sum + each, 0),
  };
}
