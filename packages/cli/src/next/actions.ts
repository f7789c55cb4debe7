import { axw, type Command, shell } from "../command.js";

/**
 * The conditions of a run. `pausing`: it is paused, and its process finishes the running steps.
 * `orphaned`: its process is gone. `quarantined`: it is orphaned, and recovery no longer tries it.
 */
const RUN_CONDITIONS = [
  "completed",
  "failed",
  "cancelled",
  "paused",
  "pausing",
  "running",
  "orphaned",
  "quarantined",
] as const;
export type RunCondition = (typeof RUN_CONDITIONS)[number];

/** A run that can be resumed. If it is pausing, the resume waits until its steps have finished. */
const RESUMABLE = ["failed", "paused", "pausing", "orphaned", "quarantined"] as const;
export type ResumableCondition = (typeof RESUMABLE)[number];

interface NextAction<State extends string, Subject> {
  /** The states in which the line is printed. */
  readonly states: readonly State[];
  readonly command: (subject: Subject) => Command;
}

function action<const State extends string, Subject>(
  states: readonly State[],
  command: (subject: Subject) => Command,
): NextAction<State, Subject> {
  return { states, command };
}

/** A run as a user refers to it: by its short id. */
interface Run {
  readonly run: string;
}

interface Step extends Run {
  readonly step: string;
}

interface Signal {
  /** The name of the signal. */
  readonly signal: string;
}

interface Args {
  readonly args: readonly string[];
}

interface ResumeWithAgents extends Args {
  /** The command that is given the agents file; by default, it resumes the run. */
  readonly verb?: "resume" | "amend";
  /** The agents file, if it is known. */
  readonly agentsFile?: string;
}

interface StartWithAgents extends Args {
  /** The command that makes the new run; by default, it is started. */
  readonly verb?: "run" | "fork";
}

interface File {
  readonly file: string;
}

interface Simulated extends File {
  /** The `--fail` arguments, if there were any. */
  readonly rates?: readonly string[];
}

interface SimulatedSeed extends Simulated {
  readonly seed: number;
}

interface Database {
  /** The path as the user would type it. */
  readonly database: string;
}

/**
 * Every `next` line: what it is for, the states in which it is printed, and its command. A word in
 * capitals is a placeholder, which the reader replaces.
 */
export const NEXT_ACTIONS = {
  // --- a run
  show_run: action(RUN_CONDITIONS, ({ run }: Run) => axw("show", run)),
  list_events: action(["completed", "cancelled"], ({ run }: Run) => axw("events", run)),
  follow_run: action(["running"], ({ run }: Run) => axw("watch", run)),
  read_logs: action(RUN_CONDITIONS, ({ run, step }: Step) => axw("logs", run, step)),
  follow_logs: action(["running"], ({ run, step }: Step) => axw("logs", run, step, "--follow")),
  resume_run: action(RESUMABLE, ({ run, args }: Run & Args) => axw("resume", run, ...args)),
  resume_simulated: action(["failed", "paused", "pausing", "orphaned"], ({ run }: Run) => ({
    ...axw("resume", run, "--agents", "simulated"),
    remark: "its results so far are simulated",
  })),
  run_handlers: action(["cancelled"], ({ run }: Run) => ({
    ...axw("resume", run),
    remark: "runs its handlers; a second `cancel` ends it without them",
  })),
  resume_here: action(["folder_gone"], ({ args }: Args) => axw("resume", ...args, "--here")),
  resume_moved: action(["moved_database"], ({ run, args, database }: Run & Args & Database) =>
    axw("resume", run, ...args, "--db", database),
  ),
  list_checkpoints: action(
    ["paused", "pausing", "running", "orphaned", "quarantined"],
    ({ run }: Run) => axw("checkpoint", "list", run),
  ),

  fork_run: action(["completed", "cancelled"], ({ run }: Run) => ({
    ...axw("fork", run),
    remark: "begins a new run with its results",
  })),
  amend_run: action(["previewed", "changed_file"], ({ run, file, args }: Run & File & Args) =>
    axw("amend", run, file, ...args),
  ),
  run_from: action(["previewed"], ({ run, file, args }: Run & File & Args) => ({
    ...axw("run", file, "--from", run, ...args),
    remark: "begins a new run with its results",
  })),

  change_other_run: action(["child_run"], ({ command }: { readonly command: Command }) => command),

  // --- what a run waits for
  list_gates: action(["waiting", "answered"], ({ run }: Run) => axw("gates", run)),
  answer_gate: action(["waiting"], ({ run, step, args }: Step & Args) => ({
    ...axw("approve", run, step, ...args),
    remark:
      (args.length > 0 ? "replace the words in capitals; " : "") +
      "`reject` instead of `approve` rejects it",
  })),
  answer_unknown: action(["waiting"], ({ run, step }: Step) => ({
    ...axw("answer", run, step, "--done"),
    remark: "--not-done if it did not take effect",
  })),
  send_signal: action(["waiting"], ({ run, signal, args }: Run & Args & Signal) => ({
    ...axw("signal", run, signal, ...args),
    ...(args.length > 0 && { remark: "replace JSON" }),
  })),
  raise_budget: action(["over_budget"], ({ run, args }: Run & Args) => ({
    ...axw("resume", run, ...args),
    remark: "raises the limit",
  })),
  allow_unmetered: action(["unmetered"], ({ run, args }: Run & Args) => ({
    ...axw("resume", run, "--allow-unmetered", ...args),
    remark: "attempts whose cost is not known no longer pause the run",
  })),

  // --- the runs of a database
  list_runs: action(["other_statuses", "verified", "ambiguous_id", "unknown_id", "checked"], () =>
    axw("list"),
  ),
  list_runs_of: action(["backed_up", "moved_database"], ({ database }: Database) =>
    axw("list", "--db", database),
  ),
  preview_gc: action(["no_limit"], () => axw("gc", "--older-than", "30d", "--dry-run")),
  remove_runs: action(["previewed"], ({ args }: Args) => axw("gc", ...args)),
  vacuum: action(["free_space"], () => ({
    ...axw("gc", "--vacuum"),
    remark: "returns the free space to the disk",
  })),

  // --- a backend
  check_backend: action(["unusable", "unserved"], () => axw("backend", "check")),
  check_backend_again: action(["unusable"], ({ remark }: { readonly remark: string }) => ({
    ...axw("backend", "check"),
    remark,
  })),

  // --- a database
  inspect_database: action(["unusable"], () => axw("doctor")),
  inspect_again: action(["faulty"], () => ({ ...axw("doctor"), remark: "after fixing it" })),
  inspect_copy: action(["backed_up"], ({ database }: Database) => axw("doctor", "--db", database)),
  verify_database: action(["sound", "damaged"], () => axw("doctor", "--verify")),
  verify_copy: action(["salvaged"], ({ database }: Database) =>
    axw("doctor", "--verify", "--db", database),
  ),
  salvage_database: action(["damaged", "taken_path"], ({ database }: Database) =>
    axw("doctor", "--salvage", database),
  ),
  salvage_without_backup: action(["damaged"], ({ database }: Database) => ({
    ...axw("doctor", "--salvage", database),
    remark: "if there is no backup",
  })),
  back_up: action(["taken_path"], ({ database }: Database) => axw("backup", database)),

  // --- a workflow file
  test_first: action(["written"], ({ file, command }: File & { readonly command: string }) => ({
    ...axw("test", file),
    remark: `then ${command}`,
  })),
  init_elsewhere: action(["taken_folder"], () => axw("init", "FOLDER")),
  start_run: action(["no_runs", "no_database", "cancelled"], ({ file }: File) => axw("run", file)),
  run_workflow: action(["ready"], ({ args }: Args) => axw("run", ...args)),
  run_with_values: action(["lacks_values"], ({ args }: Args) => ({
    ...axw("run", ...args),
    remark: "replace the words in capitals",
  })),
  run_simulated: action(["lacks_agents"], ({ verb = "run", args }: StartWithAgents) => ({
    ...axw(verb, ...args),
    remark: "calls no real agent",
  })),
  run_simulated_with_values: action(["lacks_agents"], ({ args }: Args) => ({
    ...axw("run", ...args),
    remark: "calls no real agent; replace the words in capitals",
  })),
  run_with_agents_above: action(["agents_above"], ({ verb = "run", args }: StartWithAgents) =>
    axw(verb, ...args),
  ),
  run_with_agents_file: action(["agents_file"], ({ file }: File) =>
    axw("run", "FILE", "--agents", file),
  ),
  plan_workflow: action(["valid"], ({ file }: File) => axw("plan", file)),
  simulate_workflow: action(["simulated_once"], ({ file, rates = [] }: Simulated) =>
    axw("simulate", file, ...rates),
  ),
  simulate_seed: action(["broken_promise"], ({ file, rates = [], seed }: SimulatedSeed) =>
    axw("simulate", file, ...rates, "--seed", String(seed)),
  ),
  print_seed: action(["broken_promise"], ({ file, rates = [], seed }: SimulatedSeed) =>
    axw("simulate", file, ...rates, "--seed", String(seed), "--json"),
  ),
  validate_workflow: action(["invalid"], ({ file }: File) => axw("validate", file)),
  validate_again: action(["invalid"], ({ file }: File) => ({
    ...axw("validate", file),
    remark: "after fixing it",
  })),
  fix_workflow: action(["fixable"], ({ file }: File) => ({
    ...axw("validate", "--fix", file),
    remark: "makes the safe fixes in the file",
  })),
  list_agents: action(["not_installed", "unknown_preset"], ({ args }: Args) =>
    axw("agents", ...args),
  ),
  list_agents_again: action(["not_installed"], ({ args }: Args) => ({
    ...axw("agents", ...args),
    remark: "after fixing it",
  })),
  choose_preset: action(["presets_listed"], ({ file }: File) => axw("agents", file)),
  resume_with_agents: action(["lacks_agents", "agents_file_gone"], (values: ResumeWithAgents) =>
    axw(values.verb ?? "resume", ...values.args, "--agents", values.agentsFile ?? "FILE"),
  ),
  repeat_after_fix: action(
    ["invalid_agents_file", "lacks_secrets"],
    ({ command }: { readonly command: Command }) => ({
      ...command,
      remark: "after fixing it",
    }),
  ),

  // --- files and flags
  list_folder: action(["missing_file"], () => shell("ls")),
  list_that_folder: action(["folder"], ({ file }: File) => shell("ls", file)),
  show_permissions: action(["unreadable_file"], ({ file }: File) => shell("ls", "-ld", file)),
  read_file: action(["wrong_file"], ({ file }: File) => shell("cat", file)),
  read_help: action(["wrong_usage"], ({ args }: Args) => {
    const [verb] = args;
    return verb === undefined ? axw("--help") : helpOf(verb);
  }),
} as const;

function helpOf(verb: string): Command {
  return { program: "axw", args: [verb, "--help"], takesDb: false };
}

export type ActionName = keyof typeof NEXT_ACTIONS;
type StateOf<Name extends ActionName> = (typeof NEXT_ACTIONS)[Name]["states"][number];
type SubjectOf<Name extends ActionName> = Parameters<(typeof NEXT_ACTIONS)[Name]["command"]>[0];

/** A command from `NEXT_ACTIONS`, for the last line of an output. */
export interface NextLine extends Command {
  readonly action: ActionName;
  readonly state: string;
}

/** Returns the line for an action in one of its states. */
export function next<Name extends ActionName>(
  name: Name,
  state: StateOf<Name>,
  subject: SubjectOf<Name>,
): NextLine {
  const command = NEXT_ACTIONS[name].command as (subject: SubjectOf<Name>) => Command;
  return { ...command(subject), action: name, state };
}
