import type { ActionName } from "../../src/next/actions.js";
import { workflow } from "../harness/axw.js";
import { BACKENDS } from "./backend-lines.js";
import type { Line } from "./Line.js";
import { AT_REST_WAITING } from "./waiting-lines.js";

export const FLOW = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: slow, task: two, dependencies: [one]}
  - {id: quiet, agentId: silent, task: quiet, dependencies: [two]}
`).replace("agents:\n", "agents:\n  silent: {preset: simulated}\n");

/** Three steps complete, and one fails. */
export const FAILING = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: sh, task: two, dependencies: [one], checkpoint: early}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
  - {id: four, agentId: bad, task: four, dependencies: [three]}
`);

const SIMULATED_RESUME = "axw resume RUN --agents simulated";

/** A simulated step, then a real one. */
export const HALF_SIMULATED = (agentId: "slow" | "bad"): string =>
  workflow(`  - {id: one, agentId: sham, task: one}
  - {id: two, agentId: ${agentId}, task: two, dependencies: [one]}
`).replace("agents:\n", "agents:\n  sham: {preset: simulated}\n");

/** A step that fails without a word. */
export const SILENT = `id: silent
agents: {mute: {command: [sh, -c, 'read -r task; echo "$task" >> launches; exit 1']}}
steps: [{id: one, agentId: mute, task: one}]
`;

/** The lines about a run that no process works on, by the scene in which they are printed. */
export const AT_REST: Readonly<Record<string, readonly Line[]>> = {
  completed: [
    on("show_run", "completed", ["resume", "RUN"], "axw show RUN"),
    on("list_events", "completed", ["show", "RUN"], "axw events RUN"),
    on("read_logs", "completed", ["logs", "RUN", "nowhere"], "axw logs RUN one"),
    on("show_run", "completed", ["logs", "RUN", "--attempt", "9"], "axw show RUN"),
    on("show_run", "completed", ["checkpoint", "list", "RUN"], "axw show RUN"),
    on("show_run", "completed", ["pause", "RUN"], "axw show RUN"),
    on("list_gates", "answered", ["approve", "RUN", "one"], "axw gates RUN"),
    on("fork_run", "completed", ["retry", "RUN", "--step", "one"], "axw fork RUN"),
    on(
      "run_from",
      "previewed",
      ["plan", "flow.yaml", "--run", "RUN"],
      "axw run flow.yaml --from RUN",
    ),
    on("list_runs", "unknown_id", ["show", "nope"], "axw list"),
    on("list_runs", "other_statuses", ["list", "--status", "failed"], "axw list"),
    on("verify_database", "sound", ["doctor"], "axw doctor --verify"),
    on("list_runs", "verified", ["doctor", "--verify"], "axw list"),
    on("preview_gc", "no_limit", ["gc"], "axw gc --older-than 30d --dry-run"),
    on("remove_runs", "previewed", ["gc", "--keep", "0", "--dry-run"], "axw gc --keep 0"),
    on("list_runs_of", "backed_up", ["backup", "my copy.db"], "axw list --db 'my copy.db'"),
    on("back_up", "taken_path", ["backup", "taken.db"], "axw backup taken-2.db"),
    on(
      "salvage_database",
      "taken_path",
      ["doctor", "--salvage", "taken.db"],
      "axw doctor --salvage taken-2.db",
    ),
    on(
      "verify_copy",
      "salvaged",
      ["doctor", "--salvage", "saved.db"],
      "axw doctor --verify --db saved.db",
    ),
  ],
  failed: [
    // Three finished steps are not run again.
    on("resume_run", "failed", ["checkpoint", "list", "RUN"], "axw resume RUN", {
      exits: 1,
      launches: ["four"],
    }),
    on("read_logs", "failed", ["show", "RUN"], "axw logs RUN four"),
    on("show_run", "failed", ["logs", "RUN", "--attempt", "9"], "axw show RUN"),
    on("resume_run", "failed", ["pause", "RUN"], "axw resume RUN", {
      exits: 1,
      launches: ["four"],
    }),
  ],
  silent: [
    on("resume_run", "failed", ["show", "RUN"], "axw resume RUN", {
      exits: 1,
      launches: ["one"],
    }),
  ],
  cancelled: [
    on("show_run", "cancelled", ["cancel", "RUN"], "axw show RUN"),
    on("list_events", "cancelled", ["show", "RUN"], "axw events RUN"),
    on("read_logs", "cancelled", ["logs", "RUN", "nowhere"], "axw logs RUN one"),
    on("fork_run", "cancelled", ["retry", "RUN", "--step", "one"], "axw fork RUN"),
    on("start_run", "cancelled", ["resume", "RUN"], "axw run FILE", {
      replace: ["FILE", "flow.yaml"],
      launches: ["one", "two"],
    }),
  ],
  paused: [
    on("show_run", "paused", ["logs", "RUN", "quiet"], "axw show RUN"),
    on("resume_run", "paused", ["pause", "RUN"], "axw resume RUN", { launches: ["two"] }),
    on("resume_run", "paused", ["show", "RUN"], "axw resume RUN", { launches: ["two"] }),
    on("read_logs", "paused", ["logs", "RUN", "nowhere"], "axw logs RUN one"),
    on("list_checkpoints", "paused", ["checkpoint", "RUN"], "axw checkpoint list RUN"),
  ],
  orphaned: [
    on("show_run", "orphaned", ["logs", "RUN", "quiet"], "axw show RUN"),
    on("resume_run", "orphaned", ["show", "RUN"], "axw resume RUN", { launches: ["two"] }),
    on("resume_run", "orphaned", ["checkpoint", "list", "RUN"], "axw resume RUN", {
      launches: ["two"],
    }),
    on("resume_run", "paused", ["pause", "RUN"], "axw resume RUN", { launches: ["two"] }),
    on("read_logs", "orphaned", ["logs", "RUN", "nowhere"], "axw logs RUN one"),
    on("list_checkpoints", "orphaned", ["checkpoint", "RUN"], "axw checkpoint list RUN"),
  ],
  "failed, and simulated": [
    on("resume_simulated", "failed", ["checkpoint", "list", "RUN"], SIMULATED_RESUME),
  ],
  "orphaned, and simulated": [
    on("resume_simulated", "orphaned", ["show", "RUN"], SIMULATED_RESUME),
    on("resume_simulated", "paused", ["pause", "RUN"], SIMULATED_RESUME),
  ],
  "of a file that has changed": [
    // Three finished steps are not run again.
    on("amend_run", "changed_file", ["show", "RUN"], "axw amend RUN failing.yaml", {
      launches: ["four"],
    }),
    on(
      "amend_run",
      "previewed",
      ["amend", "RUN", "failing.yaml", "--dry-run"],
      "axw amend RUN failing.yaml",
      { launches: ["four"] },
    ),
  ],
  ...AT_REST_WAITING,
  ambiguous: [on("list_runs", "ambiguous_id", ["resume", "RUN"], "axw list")],
  damaged: [
    on("verify_database", "damaged", ["show", "RUN"], "axw doctor --verify", { exits: 5 }),
    on(
      "salvage_without_backup",
      "damaged",
      ["doctor", "--verify"],
      "axw doctor --salvage .ax/salvaged.db",
    ),
    on(
      "salvage_database",
      "damaged",
      ["backup", "copy.db"],
      "axw doctor --salvage .ax/salvaged.db",
    ),
  ],
  large: [on("vacuum", "free_space", ["gc", "--keep", "0"], "axw gc --vacuum")],
  "of another version": [
    on("inspect_copy", "backed_up", ["backup", "copy.db"], "axw doctor --db copy.db", { exits: 5 }),
  ],
  removed: [
    on("start_run", "no_runs", ["list"], "axw run FILE", {
      replace: ["FILE", "flow.yaml"],
      launches: ["one", "two"],
    }),
  ],
  quarantined: [
    on("show_run", "quarantined", ["logs", "RUN", "quiet"], "axw show RUN"),
    on("resume_run", "quarantined", ["show", "RUN"], "axw resume RUN", { launches: ["two"] }),
    on("read_logs", "quarantined", ["logs", "RUN", "nowhere"], "axw logs RUN one"),
    on("list_checkpoints", "quarantined", ["checkpoint", "RUN"], "axw checkpoint list RUN"),
  ],
};

interface LiveLine extends Line {
  readonly scene: "running" | "pausing" | "pausing, and simulated";
  /** What the printed command prints before the running step finishes. */
  readonly waitsFor?: RegExp;
}

/** The lines about a run that a process works on: step `one` is completed, and `two` runs. */
export const LIVE: readonly LiveLine[] = [
  { ...on("follow_run", "running", ["show", "RUN"], "axw watch RUN"), scene: "running" },
  {
    ...on("follow_run", "running", ["resume", "RUN"], "axw watch RUN"),
    scene: "running",
  },
  {
    ...on("follow_run", "running", ["run", "flow.yaml", "--run-id", "RUN"], "axw watch RUN"),
    scene: "running",
  },
  {
    ...on("follow_logs", "running", ["logs", "RUN", "two"], "axw logs RUN two --follow"),
    scene: "running",
  },
  {
    ...on("show_run", "running", ["logs", "RUN", "--attempt", "9"], "axw show RUN"),
    scene: "running",
  },
  { ...on("show_run", "running", ["gc", "--vacuum"], "axw show RUN"), scene: "running" },
  {
    ...on("read_logs", "running", ["logs", "RUN", "nowhere"], "axw logs RUN one"),
    scene: "running",
  },
  {
    ...on("list_checkpoints", "running", ["checkpoint", "RUN"], "axw checkpoint list RUN"),
    scene: "running",
  },
  {
    ...on("resume_run", "pausing", ["pause", "RUN"], "axw resume RUN"),
    scene: "running",
    waitsFor: /is pausing: process \d+ on .* finishes two\. Waiting/,
  },
  {
    ...on("resume_run", "pausing", ["show", "RUN"], "axw resume RUN"),
    scene: "pausing",
    waitsFor: /Waiting/,
  },
  {
    ...on("resume_run", "pausing", ["checkpoint", "list", "RUN"], "axw resume RUN"),
    scene: "pausing",
    waitsFor: /Waiting/,
  },
  {
    ...on("show_run", "pausing", ["logs", "RUN", "--attempt", "9"], "axw show RUN"),
    scene: "pausing",
  },
  {
    ...on("read_logs", "pausing", ["logs", "RUN", "nowhere"], "axw logs RUN one"),
    scene: "pausing",
  },
  {
    ...on("list_checkpoints", "pausing", ["checkpoint", "RUN"], "axw checkpoint list RUN"),
    scene: "pausing",
  },
  {
    ...on("resume_simulated", "pausing", ["show", "RUN"], "axw resume RUN --agents simulated"),
    scene: "pausing, and simulated",
    waitsFor: /Waiting/,
  },
];

/** Lines about files, flags and databases. */
export const FILES: readonly Line[] = [
  on("test_first", "written", ["init", "new folder"], "axw test 'new folder'"),
  on("init_elsewhere", "taken_folder", ["init", "first"], "axw init FOLDER", {
    replace: ["FOLDER", "other"],
  }),
  on("plan_workflow", "valid", ["validate", "my flow.yaml"], "axw plan 'my flow.yaml'"),
  on("run_workflow", "ready", ["plan", "my flow.yaml"], "axw run 'my flow.yaml'", {
    launches: ["one"],
  }),
  on("plan_workflow", "valid", ["validate", "./-flow.yaml"], "axw plan ./-flow.yaml"),
  on("run_workflow", "ready", ["plan", "./-flow.yaml"], "axw run ./-flow.yaml", {
    launches: ["one"],
  }),
  on("run_workflow", "ready", ["agents", "$(touch owned).yaml"], "axw run '$(touch owned).yaml'", {
    launches: ["one"],
  }),
  on(
    "run_with_values",
    "lacks_values",
    ["plan", "inputs.yaml"],
    `axw run inputs.yaml --input word=TEXT --input 'deep={"a": {"b": "VALUE"}}' --context who=VALUE`,
    { launches: ["TEXT VALUE VALUE"] },
  ),
  on(
    "run_with_values",
    "lacks_values",
    ["run", "inputs.yaml", "--input", "word=it's", "--input", "typo=1", "--ui", "lines"],
    `axw run inputs.yaml --input 'word=it'\\''s' --input 'deep={"a": {"b": "VALUE"}}' --context who=VALUE --ui lines`,
    { launches: ["it's VALUE VALUE"] },
  ),
  on(
    "run_with_values",
    "lacks_values",
    ["run", "inputs.yaml", "--inputs", "in.json"],
    "axw run inputs.yaml --inputs in.json --context who=VALUE",
    { launches: ["word 1 VALUE"] },
  ),
  on(
    "run_workflow",
    "ready",
    ["run", "flow.yaml", "--input", "typo=1", "--concurrency", "2"],
    "axw run flow.yaml --concurrency 2",
    { launches: ["one"] },
  ),
  on(
    "run_workflow",
    "ready",
    ["run", "word.yaml", "--input", "word=a", "--input", "word=b"],
    "axw run word.yaml --input word=b",
    { launches: ["b"] },
  ),
  on(
    "run_simulated",
    "lacks_agents",
    ["plan", "nameless.yaml"],
    "axw run nameless.yaml --agents simulated",
  ),
  on(
    "run_simulated",
    "lacks_agents",
    ["run", "nameless.yaml", "--run-id", "mine"],
    "axw run nameless.yaml --run-id mine --agents simulated",
  ),
  on(
    "run_simulated_with_values",
    "lacks_agents",
    ["agents", "nameless-inputs.yaml"],
    "axw run nameless-inputs.yaml --input count=NUMBER --agents simulated",
    { replace: ["NUMBER", "3"] },
  ),
  on(
    "run_with_agents_file",
    "agents_file",
    ["run", "team.yaml"],
    "axw run FILE --agents team.yaml",
    { replace: ["FILE", "nameless.yaml"], launches: ["one"] },
  ),
  on("list_agents", "not_installed", ["plan", "preset.yaml"], "axw agents preset.yaml", {
    exits: 2,
  }),
  on("list_agents", "not_installed", ["run", "preset.yaml"], "axw agents preset.yaml", {
    exits: 2,
  }),
  on("list_agents", "unknown_preset", ["run", "flow.yaml", "--agents", "claud"], "axw agents"),
  on("list_agents_again", "not_installed", ["agents", "program.yaml"], "axw agents program.yaml", {
    fix: { "program.yaml": workflow("  - {id: one, agentId: sh, task: one}\n") },
  }),
  on("choose_preset", "presets_listed", ["agents"], "axw agents FILE", {
    replace: ["FILE", "flow.yaml"],
  }),
  on(
    "repeat_after_fix",
    "invalid_agents_file",
    ["run", "nameless.yaml", "--agents", "broken-team.yaml", "--ui", "lines"],
    "axw run nameless.yaml --ui lines --agents broken-team.yaml",
    { fix: { "broken-team.yaml": "agents: {backend: {command: [echo, hi]}}\n" } },
  ),
  on("repeat_after_fix", "lacks_secrets", ["run", "secret.yaml"], "axw run secret.yaml", {
    exits: 2,
  }),
  on(
    "resume_with_agents",
    "lacks_agents",
    ["resume", "team-run"],
    "axw resume team-run --agents FILE",
    { replace: ["FILE", "team.yaml"], launches: ["two"] },
  ),
  on(
    "resume_with_agents",
    "agents_file_gone",
    ["resume", "lost-team"],
    "axw resume lost-team --agents FILE",
    { replace: ["FILE", "team.yaml"], launches: ["two"] },
  ),
  on("resume_here", "folder_gone", ["resume", "lost-folder"], "axw resume lost-folder --here", {
    launches: ["two"],
  }),
  on("validate_workflow", "invalid", ["run", "broken.yaml"], "axw validate broken.yaml", {
    exits: 2,
  }),
  on("validate_again", "invalid", ["validate", "broken.yaml"], "axw validate broken.yaml", {
    fix: { "broken.yaml": workflow("  - {id: one, agentId: sh, task: one}\n") },
  }),
  on("fix_workflow", "fixable", ["validate", "agent.yaml"], "axw validate --fix agent.yaml"),
  on("list_folder", "missing_file", ["run", "nowhere.yaml"], "ls"),
  on("list_folder", "missing_file", ["graph", "nowhere.yaml", "--db", "none.db"], "ls"),
  on("list_that_folder", "folder", ["validate", "./-dir"], "ls ./-dir"),
  on("show_permissions", "unreadable_file", ["run", "flow.yaml/x/y"], "ls -ld flow.yaml"),
  on("read_file", "wrong_file", ["run", "inputs.yaml", "--inputs", "./-in.json"], "cat ./-in.json"),
  on("read_help", "wrong_usage", ["run", "flow.yaml", "--run-id", "a b"], "axw run --help"),
  on("read_help", "wrong_usage", ["doctor", "--db", "a", "--db", "b"], "axw doctor --help"),
  on("read_help", "wrong_usage", ["nonsense"], "axw --help"),
  on("start_run", "no_database", ["list"], "axw run FILE", {
    replace: ["FILE", "flow.yaml"],
    launches: ["one"],
  }),
  on("start_run", "no_database", ["doctor", "--db", "my new.db"], "axw run FILE --db 'my new.db'", {
    replace: ["FILE", "flow.yaml"],
    launches: ["one"],
  }),
  on("start_run", "no_runs", ["backup", "b.db", "--db", "empty.db"], "axw run FILE --db empty.db", {
    replace: ["FILE", "flow.yaml"],
    launches: ["one"],
  }),
  on("inspect_database", "unusable", ["list", "--db", "loop.db"], "axw doctor --db loop.db", {
    exits: 5,
  }),
  on("inspect_again", "faulty", ["doctor", "--db", "text.db"], "axw doctor --db text.db", {
    exits: 5,
  }),
  on(
    "simulate_workflow",
    "simulated_once",
    ["simulate", "flow.yaml", "--seed", "1"],
    "axw simulate flow.yaml",
    { replace: ["flow.yaml", "flow.yaml --seeds 2"] },
  ),
];

/** The lines after a simulation that finds a defect of the engine. */
export const BROKEN_PROMISE: readonly Line[] = [
  on(
    "simulate_seed",
    "broken_promise",
    ["simulate", "flow.yaml"],
    "axw simulate flow.yaml --seed 4",
  ),
  on(
    "print_seed",
    "broken_promise",
    ["simulate", "flow.yaml", "--seed", "4"],
    "axw simulate flow.yaml --seed 4 --json",
  ),
  on(
    "simulate_seed",
    "broken_promise",
    ["simulate", "flow.yaml", "--fail", "one=20%"],
    "axw simulate flow.yaml --fail one=0.2 --seed 4",
  ),
];

/** The lines that a test types in a place that no other line has. */
const ELSEWHERE: readonly Pick<Line, "action" | "state">[] = [
  { action: "run_with_agents_above", state: "agents_above" },
  { action: "resume_moved", state: "moved_database" },
  { action: "list_runs_of", state: "moved_database" },
];

/** Every line that a test types. */
export const ALL: readonly Pick<Line, "action" | "state">[] = [
  ...Object.values(AT_REST).flat(),
  ...LIVE,
  ...FILES,
  ...BROKEN_PROMISE,
  ...BACKENDS,
  ...ELSEWHERE,
];

type Rest = Pick<Line, "replace" | "fix" | "exits" | "launches">;

function on(
  action: ActionName,
  state: string,
  typed: readonly string[],
  prints: string,
  rest: Rest = {},
): Line {
  return { action, state, typed, prints, ...rest };
}
