import { Interpreter, type LaunchReply } from "../language/index.js";
import type { AgentFailure } from "./AgentFailure.js";
import type { Plan } from "./Plan.js";
import type { TreeAgents } from "./TreePlan.js";

type EndStatus = "completed" | "failed" | "skipped";

/** How a run ends unless it is cancelled. */
export interface ExpectedEnd {
  readonly state: "completed" | "failed" | "cancelled";
  readonly statuses: readonly EndStatus[];
}

function endOfStep(script: readonly AgentFailure[], retries: number): EndStatus {
  for (let failureCount = 0; failureCount < script.length; failureCount += 1) {
    if (script[failureCount] === "invalid" || failureCount >= retries) return "failed";
  }
  return "completed";
}

/** Derives a run's end from the agents' scripts alone, without the core or a clock. */
export function expectedEnd(
  { defs, dependencies, graph, indexOf }: Plan,
  scripts: readonly (readonly AgentFailure[] | undefined)[],
): ExpectedEnd {
  const statuses: EndStatus[] = defs.map(() => "completed");
  for (const id of graph.executionOrder.flat()) {
    const index = indexOf.get(id) ?? -1;
    const isSatisfied = (other: number): boolean =>
      statuses[other] === "completed" ||
      (statuses[other] === "failed" && defs[other]?.continueOnError === true);
    const isReached = dependencies[index]?.every(isSatisfied) ?? true;
    statuses[index] = isReached
      ? endOfStep(scripts[index] ?? [], defs[index]?.retries ?? 0)
      : "skipped";
  }
  const hasFailed = statuses.some(
    (status, index) => status === "failed" && defs[index]?.continueOnError !== true,
  );
  return { state: hasFailed ? "failed" : "completed", statuses };
}

/** How a run of a workflow with inner steps, items and rounds ends unless it is cancelled. */
export interface ExpectedTreeEnd {
  readonly state: "completed" | "failed" | "cancelled";
  /** The status of every instance, and the result of every completed one, by path. */
  readonly statuses: ReadonlyMap<string, string>;
  readonly results: ReadonlyMap<string, unknown>;
  /** What the workflow's `outputs` give; undefined without them, and for a run that fails. */
  readonly outputs?: unknown;
}

/** Derives the end of such a run by playing it on the interpreter, without the core. */
export function expectedTreeEnd(
  { defs, outputs }: Plan,
  { scriptOf, resultOf }: TreeAgents,
): ExpectedTreeEnd {
  const positions = new Map<string, number>();
  const launch = ({ path }: { readonly path: string }): LaunchReply => {
    const position = positions.get(path) ?? 0;
    positions.set(path, position + 1);
    const failure = scriptOf(path)[position];
    if (failure === undefined) return { result: resultOf(path) };
    return failure === "invalid_output" ? { misfit: "scripted" } : { failed: failure };
  };
  const interpreter = new Interpreter(
    { id: "w", steps: defs, ...(outputs !== undefined && { outputs }) },
    { launch },
  );
  const end = interpreter.run();
  if (end === undefined) throw new Error("The run was stopped.");
  const { instances } = interpreter;
  return {
    state: end.status,
    ...(end.outputs !== undefined && { outputs: end.outputs }),
    statuses: new Map(instances.map(({ path, status }) => [path, status])),
    results: new Map(
      instances.flatMap(({ path, status, result }) =>
        status === "completed" ? [[path, result] as const] : [],
      ),
    ),
  };
}
