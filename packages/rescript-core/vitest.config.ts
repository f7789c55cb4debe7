import { defineConfig } from "vitest/config";

// `lib/` holds copies of the compiled tests: without the include they would run twice.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    // Half of the usual stack, so that a walk that recurses along a chain is seen here and not at a user's.
    execArgv: ["--stack-size=500"],
    include: ["tests/**/*_test.res.js", "tests/**/*.test.ts"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.res.js", "src/index.ts"],
      reporter: ["text-summary", "json-summary"],
      thresholds: {
        lines: 85,
        functions: 85,
        "src/index.ts": { lines: 100, functions: 100 },
        "src/workflows/WorkflowStateMachine.res.js": { lines: 100, functions: 100 },
      },
    },
  },
});
