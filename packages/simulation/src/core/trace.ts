import type { WorkflowEvent } from "@automatosx/rescript-core";
import { type Choice, describeChoice } from "./Choice.js";
import type { Plan } from "./Plan.js";
import { promises } from "./promises.js";
import { replay, type SeedSetting } from "./simulate.js";
import type { CoreWorldOptions } from "./WorldState.js";

function describePlan({ defs, policy, scripts, habits, tree, handlers }: Plan): string[] {
  const rest = [
    ...(handlers === undefined ? [] : [`  at the end ${JSON.stringify(handlers)}`]),
    `  policy ${JSON.stringify(policy)}`,
    `  shell ${JSON.stringify(habits)}`,
  ];
  if (tree !== undefined) return [...defs.map((def) => `  ${JSON.stringify(def)}`), ...rest];
  const steps = defs.map((def, index) => {
    const { id, agentId, dependencies, retries, timeout, checkpoint, retry } = def;
    const traits = [
      `agent ${agentId}`,
      `after [${dependencies.join(", ")}]`,
      `retries ${retries} (${retry?.initialDelayMs ?? 1000} ms, jitter ${retry?.jitter ?? "full"})`,
      ...(def.continueOnError ? ["continueOnError"] : []),
      ...(def.parallel ? [] : ["parallel: false"]),
      ...(timeout === undefined ? [] : [`timeout ${timeout} ms`]),
      ...(checkpoint === undefined ? [] : [`checkpoint ${checkpoint}`]),
      `its agent: ${[...(scripts[index] ?? []), "ok"].join(", ")}`,
    ];
    return `  ${id}: ${traits.join("; ")}`;
  });
  return [...steps, ...rest];
}

function describeEvent(event: WorkflowEvent): string {
  switch (event.type) {
    case "workflow_parsed":
    case "graph_built":
    case "initiate_workflow":
    case "results_aggregated":
    case "complete_workflow":
      return event.type;
    default: {
      const { type, ...rest } = event;
      const details = JSON.stringify(rest);
      return details === "{}" ? type : `${type} ${details}`;
    }
  }
}

/**
 * A run, line by line: its workflow, each choice and, below the choice, every event sent to the
 * machine. The same run always produces the same trace.
 */
export function traceOf(
  setting: SeedSetting,
  happened: readonly Choice[],
  options: CoreWorldOptions = {},
): string[] {
  const groups: string[][] = [];
  const { failure } = replay(setting, happened, {
    ...options,
    onEvent: (event, accepted, state) => {
      const refused = accepted ? "" : " (refused)";
      groups.at(-1)?.push(`       ${describeEvent(event)}${refused} -> ${state}`);
    },
    onChoice: (choice, stepIds) => groups.push([describeChoice(choice, stepIds)]),
  });
  const lines = groups.flatMap(([choice, ...events], index) => [
    `  ${String(index + 1).padStart(3)}  ${choice}`,
    ...events,
  ]);
  const end =
    failure === undefined
      ? ["  every promise held"]
      : [`  broken: ${describePromise(failure.promise)}`, `  ${failure.evidence}`];
  return [...describePlan(setting.plan), ...lines, ...end];
}

/**
 * A promise in words. An exception thrown by the simulator or the core is not one of `promises`.
 */
export function describePromise(promise: keyof typeof promises | "crashed"): string {
  return promise === "crashed" ? "nothing throws" : `${promises[promise]} (${promise})`;
}
