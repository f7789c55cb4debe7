import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  configDefaults,
  defineConfig,
  type Plugin,
  type TestProjectInlineConfiguration,
  type ViteUserConfig,
} from "vitest/config";
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

const CHANGES =
  /\bvi\.(mock|doMock|resetModules|stubGlobal|stubEnv)\(|\bprocess\.(env\[[^\]]+\] = |umask\(|chdir\()/;

/** Whether a test file does what it must not do in a process that other files use after it. */
export const changesItsProcess = (text: string): boolean => CHANGES.test(text);

/**
 * The projects of a package: the test files share a process, which loads every module once instead
 * of once for each file; a file that changes modules, globals or the process has one of its own.
 */
function projectsOf(include: string[]): TestProjectInlineConfiguration[] {
  // Vitest's own `--exclude` does not reach the projects.
  const excluded = process.env["VITEST_EXCLUDE"]?.split(",") ?? [];
  const apart = globSync(include).filter((file) => changesItsProcess(readFileSync(file, "utf8")));
  const project = (
    name: string,
    files: string[],
    others: readonly string[],
    isolate: boolean,
  ): TestProjectInlineConfiguration => ({
    extends: true,
    test: {
      ...{ name, include: files, isolate },
      exclude: [...configDefaults.exclude, ...excluded, ...others],
    },
  });
  const shared = project("shared", include, apart, false);
  return apart.length === 0 ? [shared] : [shared, project("apart", apart, [], true)];
}

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
      projects: projectsOf(include),
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
