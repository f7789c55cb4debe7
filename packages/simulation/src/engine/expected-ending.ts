import { Interpreter, type LaunchReply } from "../language/index.js";
import type { Misbehaviour } from "./Fault.js";
import { rootNames } from "./root-names.js";
import type { SimulatedWorkflow } from "./workflows.js";

/**
 * Each step's agent's behaviour after its Nth counted failure, by the id of the step; all items and
 * rounds of a step behave alike. Without an entry, the agent succeeds.
 */
export type Script = ReadonlyMap<string, ReadonlyMap<number, Misbehaviour>>;

/** How a run must end, with or without crashes. */
export interface ExpectedEnding {
  readonly status: "completed" | "failed" | "cancelled";
  /** By path. */
  readonly steps: Readonly<Record<string, string>>;
  readonly results: Readonly<Record<string, unknown>>;
}

/**
 * Derives the outcome from the workflow and the agents' script alone, without an engine or a clock:
 * the interpreter of the language plays it.
 */
export function expectedEnding(workflow: SimulatedWorkflow, script: Script): ExpectedEnding {
  const { prepared, answer } = workflow;
  const { id, name, version, steps, outputs } = prepared.definition;
  const { inputs, context, ...roots } = rootNames(workflow);
  const failures = new Map<string, number>();
  const interpreter: Interpreter = new Interpreter(
    { id, name, version, steps, ...(outputs !== undefined && { outputs }) },
    {
      inputs,
      context,
      roots,
      launch: ({ path, previousResults, with: given }) => {
        const count = failures.get(path) ?? 0;
        const does = script.get(interpreter.at(path)?.def.id ?? "")?.get(count);
        const failed = does === undefined ? undefined : failureOf(does);
        if (failed === undefined)
          return { result: answer(path, previousResults, { restores: 0, given }) };
        failures.set(path, count + 1);
        return failed;
      },
    },
  );
  const end = interpreter.run();
  if (end === undefined) throw new Error("The run was stopped.");
  const { instances } = interpreter;
  return {
    status: end.status,
    steps: Object.fromEntries(instances.map(({ path, status }) => [path, status])),
    results: Object.fromEntries(
      instances.flatMap(({ path, owner, status, result }) =>
        owner === undefined && status === "completed" ? [[path, result] as const] : [],
      ),
    ),
  };
}

function failureOf(does: Misbehaviour): LaunchReply | undefined {
  if (does === "slow") return undefined;
  if (does === "misfit") return { misfit: "as scripted" };
  return { failed: does === "invalid" || does === "unjson" ? "invalid" : "error" };
}
