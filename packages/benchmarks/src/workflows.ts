import path from "node:path";
import {
  type AgentMap,
  type RunHandle,
  WorkflowEngine,
  type WorkflowSource,
} from "@automatosx/workflow";
import type { Durability } from "./floor.ts";

export interface Step {
  readonly id: string;
  readonly agentId: string;
  readonly task: string;
  readonly dependencies: readonly string[];
}

export interface Workflow {
  readonly id: string;
  readonly steps: readonly Step[];
}

export const step = (id: string, dependencies: readonly string[] = [], agentId = "none"): Step => ({
  id,
  agentId,
  task: "work",
  dependencies,
});

export function chain(length: number, id = `chain-${length}`): Workflow {
  return {
    id,
    steps: Array.from({ length }, (_, index) =>
      step(`s${index}`, index === 0 ? [] : [`s${index - 1}`]),
    ),
  };
}

export function independent(width: number, agentId = "none"): Workflow {
  return {
    id: `independent-${width}`,
    steps: Array.from({ length: width }, (_, index) => step(`s${index}`, [], agentId)),
  };
}

/** One step, `width` steps that wait for it, and one step that waits for all of those. */
export function fanOutAndIn(width: number): Workflow {
  const middle = Array.from({ length: width }, (_, index) => step(`s${index}`, ["first"]));
  const ids = middle.map(({ id }) => id);
  return { id: `fan-${width}`, steps: [step("first"), ...middle, step("last", ids)] };
}

/** `depth` layers of `width` steps; each step waits for two steps of the previous layer. */
export function layered(depth: number, width: number): Workflow {
  const steps = Array.from({ length: depth * width }, (_, index) => {
    const [layer, place] = [Math.floor(index / width), index % width];
    // The two steps differ, and their distance varies by layer.
    const places = [place, (place + 1 + (layer % (width - 1))) % width];
    const above = places.map((each) => `s${(layer - 1) * width + each}`);
    return step(`s${index}`, layer === 0 ? [] : above);
  });
  return { id: `layers-${depth}-${width}`, steps };
}

export function asYaml({ id, steps }: Workflow): string {
  const lines = steps.map(
    (each) =>
      `  - { id: ${each.id}, agentId: ${each.agentId}, task: ${each.task}, ` +
      `dependencies: [${each.dependencies.join(", ")}] }`,
  );
  return `id: ${id}\nsteps:\n${lines.join("\n")}\n`;
}

export function openEngine(
  folder: string,
  name: string,
  durability: Durability,
  agents: AgentMap = { none: () => Promise.resolve(null) },
): Promise<WorkflowEngine> {
  return WorkflowEngine.open({ database: path.join(folder, `${name}.db`), durability, agents });
}

/** Runs the workflow until it ends. Throws unless it completes. */
export async function finish(engine: WorkflowEngine, workflow: WorkflowSource): Promise<RunHandle> {
  const run = await engine.start(workflow);
  const { status, error } = await run.ending;
  if (status !== "completed")
    throw new Error(`The run is ${status}: ${error ?? "no error given"}.`);
  return run;
}
