import { packageTests } from "../../scripts/vitest-base.ts";

// `lib/` holds copies of the compiled tests: without the include they would run twice. The laws take a while.
export default packageTests({
  include: ["tests/**/*_test.res.js", "tests/**/*.test.ts"],
  covered: ["src/**/*.res.js", "src/index.ts"],
  whole: ["src/index.ts", "src/workflows/WorkflowStateMachine.res.js"],
  timeoutMs: 120_000,
});
