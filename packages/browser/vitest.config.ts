import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Each file starts its own browser, so only one runs at a time.
export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: fileURLToPath(new URL("../../scripts/require-build.ts", import.meta.url)),
    testTimeout: 90_000,
    // On a busy machine a page may miss the moment that a test waits for.
    retry: process.env["CI"] === undefined ? 0 : 2,
    hookTimeout: 90_000,
    fileParallelism: false,
    reporters: ["default", ["json", { outputFile: "test-results/vitest.json" }]],
  },
});
