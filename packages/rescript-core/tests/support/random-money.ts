import * as fc from "fast-check";
import {
  type Budget,
  type FailureReason,
  Machine,
  type MachineSnapshot,
  type RunPolicy,
  type StepDef,
  type UsageAmounts,
} from "../../src/index.js";
import { restore } from "./machines.js";
import { RandomRun } from "./random-runs.js";
import { type Workflow, workflows } from "./random-workflows.js";
import { Shell } from "./Shell.js";

const usd = fc.integer({ min: 0, max: 40 }).map((cents) => cents / 100);
const tokens = fc.integer({ min: 0, max: 400 });
const amounts: fc.Arbitrary<UsageAmounts> = fc.record({ usd, tokens }, { requiredKeys: [] });

const thresholds = fc
  .tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom("warn", "pause", "fail"))
  .chain(([percent, action]) =>
    fc.constantFrom("warn", "pause", "fail").map((last) => [
      { percent, action },
      { percent: 100, action: last },
    ]),
  );

const budgets = fc.record(
  {
    usd: fc.integer({ min: 0, max: 200 }).map((cents) => cents / 100),
    tokens: fc.integer({ min: 0, max: 2000 }),
    launches: fc.integer({ min: 0, max: 12 }),
    wallMs: fc.integer({ min: 0, max: 20_000 }),
    at: thresholds,
    unmetered: fc.constantFrom("pause", "allow", "allow"),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Budget>;

const agentLimits = fc.dictionary(
  fc.constantFrom("x", "y", "z"),
  fc.record(
    {
      rate: fc.record({
        count: fc.integer({ min: 1, max: 3 }),
        windowMs: fc.integer({ min: 1, max: 30_000 }),
      }),
      scope: fc.constantFrom("p", "q"),
      reserve: amounts,
    },
    { requiredKeys: [] },
  ),
) as fc.Arbitrary<Record<string, object>>;

interface Detail {
  readonly reserve: UsageAmounts | undefined;
  readonly isProgram: boolean;
  readonly items: number;
}

const details: fc.Arbitrary<Detail> = fc.record({
  reserve: fc.option(amounts, { nil: undefined, freq: 2 }),
  isProgram: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  items: fc.constantFrom(0, 0, 0, 2, 3),
});

function withMoney(def: StepDef, detail: Detail | undefined): StepDef {
  if (detail === undefined) return def;
  const { reserve, isProgram, items } = detail;
  const list = ["a", "b", "c"].slice(0, items);
  return {
    ...def,
    ...(reserve !== undefined && { reserve }),
    ...(isProgram && { agentId: "@run", run: { command: ["make"] } }),
    ...(items > 0 && { foreach: { in: list, as: "item" } }),
  };
}

const priced: fc.Arbitrary<Workflow> = fc
  .record({
    base: workflows,
    budget: fc.option(budgets, { nil: undefined, freq: 4 }),
    agentLimits,
    details: fc.array(details, { maxLength: 12, size: "max" }),
  })
  .map(({ base, budget, agentLimits: limits, details: all }): Workflow => {
    const policy: RunPolicy = {
      ...base.policy,
      ...(budget !== undefined && { budget }),
      agentLimits: limits,
    };
    const tasks = base.tasks.map(({ def, failures }, index) => ({
      def: withMoney(def, all[index]),
      failures,
    }));
    return { tasks, policy };
  });

const choice = fc.record({
  kind: fc.nat(999),
  pick: fc.nat(999),
  more: fc.nat(999),
  usage: fc.option(amounts, { nil: undefined, freq: 3 }),
  budget: budgets,
});
type Choice = typeof choice extends fc.Arbitrary<infer T> ? T : never;
type Action = (shell: Shell, choice: Choice) => void;

const pickFrom = <T>(items: readonly T[], pick: number): T | undefined =>
  items[pick % Math.max(1, items.length)];

const complete: Action = (shell, { pick, usage }) => {
  const step = pickFrom(shell.inFlight, pick);
  if (step === undefined) return;
  shell.tell({
    type: "step_completed",
    stepId: step.id,
    attemptNumber: step.attemptNumber,
    result: step.id,
    ...(usage !== undefined && { usage }),
  });
};

const REASONS: readonly FailureReason[] = [
  "error",
  "timeout",
  "interrupted",
  "invalid",
  "expression",
  "invalid_output",
  "rate_limit",
  "rate_limit",
  "rate_limit",
];

const fail: Action = (shell, { pick, more, usage }) => {
  const step = pickFrom(shell.inFlight, pick);
  if (step === undefined) return;
  const reason = pickFrom(REASONS, more) ?? "error";
  const isNamed = more % 4 === 0;
  shell.tell({
    type: "step_failed",
    stepId: step.id,
    attemptNumber: step.attemptNumber,
    error: reason,
    reason,
    chance: 0.5,
    ...(usage !== undefined && { usage }),
    ...(reason === "rate_limit" && more % 3 > 0 && { retryAt: shell.now + more * 50 - 5000 }),
    ...(reason === "rate_limit" && isNamed && { scope: pickFrom(["p", "q", "r"], pick) ?? "p" }),
  });
};

const moveClock: Action = (shell, { pick, more }) => {
  shell.now += pick * (more % 60) - 300;
  shell.wake();
};

const pauseOrResume: Action = (shell) => {
  shell.tell(shell.state === "paused" ? { type: "resume_workflow" } : { type: "pause_workflow" });
};

const raise: Action = (shell, { budget, more }) => {
  if (more % 3 === 0) shell.tell({ type: "budget_changed", budget });
};

const checkpoint: Action = (shell, { pick }) => {
  if (shell.state === "creating_checkpoint")
    shell.tell({ type: "checkpoint_created", checkpointId: `checkpoint-${pick}` });
  else if (pick % 3 === 0) shell.tell({ type: "create_checkpoint" });
};

/** The machine as it is after a crash: loaded from its snapshot. */
export function reloaded(shell: Shell, workflow: Workflow): Shell["machine"] {
  const snapshot = JSON.parse(
    JSON.stringify(Machine.snapshot(shell.machine, undefined)),
  ) as MachineSnapshot;
  return Machine.fastForward(new Shell(workflow).prepare().machine, [snapshot]);
}

const restoreNothing: Action = (shell, { more }) => {
  if (more % 5 === 0 && shell.state === "paused") shell.tell(restore());
};

const cancel: Action = (shell, { more }) => {
  if (more % 20 === 0) shell.tell({ type: "cancel_workflow" });
};

const ACTIONS: readonly Action[] = [
  complete,
  complete,
  complete,
  complete,
  fail,
  fail,
  moveClock,
  moveClock,
  pauseOrResume,
  raise,
  checkpoint,
  restoreNothing,
  cancel,
];

/** Runs with budgets, rates and rate limits; with crashes, new limits, pauses and restores. */
export const moneyRuns: fc.Arbitrary<RandomRun> = fc
  .record({ workflow: priced, script: fc.array(choice, { maxLength: 60, size: "max" }) })
  .map(({ workflow, script }) => {
    const shell = new Shell(workflow).begin();
    for (const one of script) {
      pickFrom(ACTIONS, one.kind)?.(shell, one);
      if (one.more % 11 === 0) shell.machine = reloaded(shell, workflow);
    }
    return new RandomRun(workflow, shell);
  });
