import type { WorkflowEvent } from "@automatosx/rescript-core";
import { type Choice, describeChoice } from "./Choice.js";
import type { Plan } from "./Plan.js";
import { promises } from "./promises.js";
import { replay, type SeedSetting } from "./simulate.js";
import type { WorldOptions } from "./World.js";

function describePlan({ defs, policy, scripts, habits }: Plan): string[] {
  const steps = defs.map((def, index) => {
    const {
      id,
      agentId,
      dependencies,
      retries,
      continueOnError,
      parallel,
      timeout,
      checkpoint,
      retry,
    } = def;
    const traits = [
      `agent ${agentId}`,
      `after [${dependencies.join(", ")}]`,
      `retries ${retries} (${retry?.initialDelayMs ?? 1000} ms, jitter ${retry?.jitter ?? "full"})`,
      ...(continueOnError ? ["continueOnError"] : []),
      ...(parallel ? [] : ["parallel: false"]),
      ...(timeout === undefined ? [] : [`timeout ${timeout} ms`]),
      ...(checkpoint === undefined ? [] : [`checkpoint ${checkpoint}`]),
      `its agent: ${[...(scripts[index] ?? []), "ok"].join(", ")}`,
    ];
    return `  ${id}: ${traits.join("; ")}`;
  });
  return [...steps, `  policy ${JSON.stringify(policy)}`, `  shell ${JSON.stringify(habits)}`];
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

/** What happened in a run, line by line: each choice, and under it every event that the machine was told. Always the same. */
export function traceOf(
  setting: SeedSetting,
  happened: readonly Choice[],
  options: WorldOptions = {},
): string[] {
  const stepIds = setting.plan.defs.map(({ id }) => id);
  const lines: string[][] = [];
  const report = replay(setting, happened, {
    ...options,
    listener: (event, accepted, state) => {
      lines
        .at(-1)
        ?.push(`       ${describeEvent(event)}${accepted ? "" : " (declined)"} -> ${state}`);
    },
    watcher: (choice) => lines.push([describeChoice(choice, stepIds)]),
  });
  const told = lines.flatMap(([choice, ...events], index) => [
    `  ${String(index + 1).padStart(3)}  ${choice}`,
    ...events,
  ]);
  const { failure } = report;
  const end =
    failure === undefined
      ? ["  every promise held"]
      : [`  broken: ${describePromise(failure.promise)}`, `  ${failure.seen}`];
  return [...describePlan(setting.plan), ...told, ...end];
}

/** A promise in words; what is no promise of ours is an exception inside the simulator or the core. */
export function describePromise(promise: keyof typeof promises | "crashed"): string {
  return promise === "crashed" ? "nothing throws" : `${promises[promise]} (${promise})`;
}
