import { Machine } from "@automatosx/rescript-core";
import { RunView } from "@automatosx/run-view";
import type { StepDefinition } from "@automatosx/schemas";
import type { RunRow } from "../../../src/api/common.schema.ts";
import type { Run, WireEntry } from "../../../src/api/run.schema.ts";

type Step = Partial<StepDefinition> & { readonly id: string };

/** An entry without its position: `["step_completed", { result: 1 }, "a", 1]`. */
export type Fact = readonly [type: string, payload?: object, stepId?: string, attempt?: number];

const DEFAULTS = {
  agentId: "worker",
  task: "work",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
};

/** The entries that every run begins with, up to its first batch. */
export const PREPARATION: readonly Fact[] = [
  ["initiate_workflow", { workflowId: "sample", format: "yaml" }],
  ["workflow_parsed", { policy: {} }],
  ["workflow_valid"],
  ["graph_built"],
  ["steps_scheduled"],
];

export const started = (...stepIds: readonly string[]): Fact => ["execute_step_batch", { stepIds }];

export const completed = (stepId: string, attempt = 1, more: object = {}): Fact => [
  "step_completed",
  { result: 1, ...more },
  stepId,
  attempt,
];

export const failed = (stepId: string, attempt = 1, more: object = {}): Fact => [
  "step_failed",
  { error: "broken", reason: "error", chance: 0.5, ...more },
  stepId,
  attempt,
];

/** The journal with these entries, one every second from the first second on. */
export function wireOf(...facts: readonly Fact[]): readonly WireEntry[] {
  return facts.map(([type, payload = {}, stepId = null, attempt = null], index) => [
    index + 1,
    type,
    (index + 1) * 1000,
    stepId,
    attempt,
    JSON.stringify(payload),
  ]);
}

/** The answer of the server for a run of these steps, created at instant 0. */
export function sampleRun(
  steps: readonly Step[],
  entries: readonly WireEntry[],
  more: Partial<Run> = {},
): Run {
  const definition = {
    ...{ id: "sample", name: "sample", version: "1", language: 1 },
    steps: steps.map((step) => ({ ...DEFAULTS, name: step.id, ...step })),
  };
  const action = { can: true, command: "axw" };
  const verbs = ["pause", "cancel", "checkpoint", "resume", "retry", "restore", "fork"] as const;
  return {
    now: 100_000,
    row: sampleRow(),
    origin: {
      ...{ runId: "run", createdAt: 0, definition, source: "", inputs: {}, context: {} },
    },
    hasStubs: false,
    layout: { width: 0, height: 0, nodes: [], edges: [] },
    actions: Object.fromEntries(verbs.map((verb) => [verb, action])) as Run["actions"],
    head: entries.at(-1)?.[0] ?? 0,
    entries: [...entries],
    children: [],
    ...more,
  };
}

export function sampleRow(more: Partial<RunRow> = {}): RunRow {
  return {
    ...{ runId: "run", workflowId: "sample", workflowName: "sample", workflowVersion: "1" },
    ...{ definitionHash: "d", state: "executing_steps", status: "running" },
    ...{ isOrphaned: false, isQuarantined: false },
    owner: { pid: 7, host: "here", state: "alive" },
    ...{ stepCount: 1, createdAt: 0, updatedAt: 0, journalSeq: 0, figures: null },
    ...more,
  };
}

/** The view of a run of these steps after these facts. */
export function viewOf(steps: readonly Step[], ...facts: readonly Fact[]): RunView {
  const { origin } = sampleRun(steps, []);
  const view = new RunView(origin as ConstructorParameters<typeof RunView>[0], {
    artifact: () => undefined,
  });
  for (const wire of wireOf(...facts)) view.fold(entryOf(wire));
  return view;
}

/** The state of a view, as the server sends it with a long journal. */
export function snapshotOf(view: RunView): NonNullable<Run["snapshot"]> {
  return { seq: view.seq, at: view.at, states: [Machine.snapshot(view.machine, undefined)] };
}

function entryOf([seq, type, at, stepId, attemptNumber, payload]: WireEntry) {
  return {
    ...{ runId: "run", seq, type, at, payload },
    ...(stepId !== null && { stepId }),
    ...(attemptNumber !== null && { attemptNumber }),
  };
}
