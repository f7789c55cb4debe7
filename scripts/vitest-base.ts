import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type ViteUserConfig } from "vitest/config";
import { COVERAGE_BAR } from "./test-reports.ts";

/**
 * Has tests import what is built of a package in the place of its sources, where both have the same
 * name: Node loads it as it is, and it runs faster than what Vite has transformed.
 */
const builtInPlaceOfSource: Plugin = {
  name: "built-in-place-of-source",
  enforce: "pre",
  resolveId(source, importer) {
    if (!source.startsWith(".") || importer === undefined) return undefined;
    const path = resolve(dirname(importer), source);
    const [, folder, name] = /^(.*\/packages\/[^/]+)\/src\/(.*)$/.exec(path) ?? [];
    if (folder === undefined || name === undefined) return undefined;
    const built = join(folder, "dist", name);
    return existsSync(built) ? built : undefined;
  },
};

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
  const isBuilt = process.env["VITEST_BUILT"] !== undefined;
  return defineConfig({
    plugins: isBuilt ? [builtInPlaceOfSource] : [],
    test: {
      ...(isBuilt && { server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } } }),
      include,
      globalSetup: fileURLToPath(new URL("require-build.ts", import.meta.url)),
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      reporters: [
        "default",
        ["json", { outputFile: process.env["VITEST_REPORT"] ?? "test-results/vitest.json" }],
      ],
      coverage: {
        provider: "v8",
        include: covered,
        exclude: excluded,
        reporter: ["text-summary", "json-summary", "json"],
        // Tests that fail may pass when they run once more, without coverage.
        reportOnFailure: true,
        thresholds: {
          lines: COVERAGE_BAR,
          functions: COVERAGE_BAR,
          ...Object.fromEntries(whole.map((file) => [file, { lines: 100, functions: 100 }])),
        },
      },
    },
  });
}
