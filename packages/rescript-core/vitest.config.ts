import { mergeConfig } from "vitest/config";
import { packageTests } from "../../scripts/vitest-base.ts";

// `lib/` holds copies of the compiled tests: without the include they would run twice.
const common = packageTests({
  include: ["tests/**/*_test.res.js", "tests/**/*.test.ts"],
  covered: ["src/**/*.res.js", "src/index.ts"],
  whole: ["src/index.ts", "src/workflows/WorkflowStateMachine.res.js"],
  timeoutMs: 120_000,
});

export default mergeConfig(common, {
  test: {
    execArgv: [
      // Half of the default stack, so that a walk that recurses along a chain fails here first.
      "--stack-size=500",
      // The core builds no code from text, and no value of a workflow reaches a prototype.
      "--disallow-code-generation-from-strings",
      "--disable-proto=throw",
    ],
  },
});
