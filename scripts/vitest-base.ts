import { defineConfig, type ViteUserConfig } from "vitest/config";

/** What the packages' test runs have in common: the reports that `npm test` adds up, and the bar for coverage. */
export function packageTests({
  include = ["tests/**/*.test.ts"],
  covered = ["src/**/*.ts"],
  excluded = [],
  whole = [],
  timeoutMs = 20_000,
}: {
  include?: string[];
  covered?: string[];
  excluded?: string[];
  whole?: string[];
  timeoutMs?: number;
} = {}): ViteUserConfig {
  return defineConfig({
    test: {
      include,
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
