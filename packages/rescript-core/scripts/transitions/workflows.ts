import type { RunPolicy, StepDef } from "@automatosx/rescript-core";

/** A definition as `workflow_parsed` gives it. */
interface ParsedWorkflow {
  readonly steps: StepDef[];
  readonly policy?: RunPolicy;
}

/** A limit that the budget of the last workflow is raised to. */
export const BUDGET = { launches: 9 } as const;

const step = (id: string, fields: Partial<StepDef>): StepDef => ({
  id,
  name: id,
  agentId: "agent",
  task: id,
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
  ...fields,
});

const ask = {
  ask: "Go?",
  form: { type: "object", properties: { n: { type: "integer" } } },
  onExpire: "reject",
  onReject: "fail",
} as const;

/**
 * Small, with a retry, a dependency, a serial lane, gates, a signal, a sleep, a check, an effect
 * that must not be repeated, and a budget, so that every reason for a refusal can occur.
 */
export const WORKFLOWS: readonly ParsedWorkflow[] = [
  {
    steps: [
      step("a", { parallel: false, retries: 1 }),
      step("b", { dependencies: ["a"] }),
      step("c", { parallel: false, continueOnError: true, checkpoint: "after-c" }),
    ],
  },
  {
    steps: [
      step("a", { agentId: "@gate", gate: ask }),
      step("b", { agentId: "@gate", gate: { ...ask, expiresMs: 1000 } }),
      step("c", { agentId: "@wait", wait: { forMs: 1000 } }),
      step("d", {
        agentId: "@wait",
        wait: { signal: "go", form: { type: "object" }, timeoutMs: 1_000_000, onTimeout: "skip" },
      }),
      step("e", { dependencies: ["a"] }),
    ],
  },
  {
    steps: [
      step("a", { check: [{ step: step("check-1", {}) }] }),
      step("x", { dependencies: ["a"], effect: "external" }),
    ],
    policy: { budget: { launches: 2 } },
  },
];
