import { mergeConfig } from "vitest/config";
import { packageTests } from "../../scripts/vitest-base.ts";

// `lib/` holds copies of the compiled tests: without the include they would run twice.
const common = packageTests({
  include: ["tests/**/*_test.res.js", "tests/**/*.test.ts"],
  covered: ["src/**/*.res.js", "src/index.ts"],
  whole: ["src/index.ts", "src/workflows/WorkflowStateMachine.res.js"],
  timeoutMs: 120_000,
});

// Half of the default stack, so that a walk that recurses along a chain fails here first.
export default mergeConfig(common, { test: { execArgv: ["--stack-size=500"] } });
