// The requirements of the phase 4 plan, as data.

/** The plan's total is "75+ tests (90 final count)". */
export const TESTS_ASKED = 90;

/** The required coverage of lines and of functions, in percent. */
export const COVERAGE_ASKED = 85;

/** Open defects that lose data, or that stop a run without a workaround. The plan allows none. */
export const KNOWN_SERIOUS_BUGS: readonly string[] = [];

/** The rows of `npm run bench` that measure the plan's five targets, with the plan's words. */
export const TARGETS = [
  { row: "plan-start", what: "workflow initiation", asked: "< 500 ms" },
  { row: "plan-step", what: "step execution overhead", asked: "< 100 ms" },
  { row: "plan-checkpoint", what: "checkpoint creation", asked: "< 200 ms" },
  { row: "plan-parallel", what: "parallel execution", asked: "N steps in about the time of one" },
  { row: "plan-write", what: "database write", asked: "< 10 ms" },
] as const;

export interface Deliverable {
  readonly what: string;
  readonly asked: string;
  /** Patterns relative to the repository's root; each must match a file. */
  readonly files: readonly string[];
}

export const DELIVERABLES: readonly Deliverable[] = [
  {
    what: "State machine in ReScript",
    asked: "~700 lines",
    files: ["packages/rescript-core/src/workflows/*.res"],
  },
  {
    what: "Dependency graph",
    asked: "~80 lines",
    files: ["packages/rescript-core/src/**/DependencyGraph.res"],
  },
  { what: "Zod schemas", asked: "~150 lines", files: ["packages/schemas/src/**/*.schema.ts"] },
  { what: "Migration 011", asked: "~200 lines", files: ["migrations/011_*.sql"] },
  {
    what: "WorkflowDAO",
    asked: "~150 lines",
    files: ["packages/workflow/src/storage/sqlite/WorkflowDAO.ts"],
  },
  {
    what: "WorkflowParser",
    asked: "~140 lines",
    files: ["packages/workflow/src/definition/**/*.ts", "packages/source/src/**/*.ts"],
  },
  {
    what: "WorkflowEngine",
    asked: "~150 lines",
    files: ["packages/workflow/src/engine/**/*.ts"],
  },
  {
    what: "CheckpointManager",
    asked: "~120 lines",
    files: ["packages/workflow/src/checkpoint/**/*.ts"],
  },
  {
    what: "Integration test suite",
    asked: "10 tests",
    files: ["packages/acceptance/tests/*.test.ts"],
  },
  {
    what: "Performance benchmarks",
    asked: "measured",
    files: ["packages/benchmarks/src/**/*.ts", "docs/benchmarks.md"],
  },
  { what: "Architecture document", asked: "written", files: ["ARCHITECTURE.md"] },
  { what: "API documentation", asked: "written", files: ["docs/reference/*.md"] },
  {
    what: "User guide with examples",
    asked: "written",
    files: ["docs/start.md", "docs/guide/*.md", "examples/*.yaml", "examples/*/*.yaml"],
  },
];

/** The pages required in the plan's fourth week. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "LICENSE",
  "docs/start.md",
  "docs/guide/workflow-files.md",
  "docs/guide/best-practices.md",
  "docs/guide/agents.md",
  "docs/guide/cli.md",
  "docs/guide/consuming.md",
  "docs/guide/checkpoints-and-resume.md",
  "docs/reference/api.md",
  "docs/reference/errors.md",
  "docs/reference/transitions.md",
  "docs/reference/workflow-file.md",
  "docs/internals/journal.md",
  "docs/internals/storage.md",
];
