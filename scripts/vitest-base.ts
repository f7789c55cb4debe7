import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * The configuration shared by the packages' test runs: the check for a build, the reports that `npm
 * test` adds up, and the coverage threshold.
 */
export function packageTests({
  include = ["tests/**/*.test.ts"],
  covered = ["src/**/*.ts"],
  excluded = [],
  whole = [],
  timeoutMs = 20_000,
}: {
  include?: string[];
  /** The files whose coverage is measured. */
  covered?: string[];
  excluded?: string[];
  /** The files that must be covered completely. */
  whole?: string[];
  timeoutMs?: number;
} = {}): ViteUserConfig {
  return defineConfig({
    test: {
      include,
      globalSetup: fileURLToPath(new URL("require-build.ts", import.meta.url)),
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      reporters: ["default", ["json", { outputFile: "test-results/vitest.json" }]],
      coverage: {
        provider: "v8",
        include: covered,
        exclude: excluded,
        reporter: ["text-summary", "json-summary", "json"],
        thresholds: {
          lines: 85,
          functions: 85,
          ...Object.fromEntries(whole.map((file) => [file, { lines: 100, functions: 100 }])),
        },
      },
    },
  });
}
