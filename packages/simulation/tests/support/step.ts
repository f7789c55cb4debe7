import type { StepDef } from "@automatosx/rescript-core";

/** A step with defaults for the fields that a test does not set. */
export const step = (id: string, rest: Partial<StepDef> = {}): StepDef => ({
  id,
  name: id,
  agentId: "x",
  task: id,
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
  ...rest,
});
