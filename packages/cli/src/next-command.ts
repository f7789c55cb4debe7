import { ERROR_KINDS, type SuggestedAction } from "@automatosx/workflow/errors";
import { axw, type Command } from "./command.js";
import type { Invocation } from "./invocation.js";
import type { CodedError } from "./render/error.js";

/** What a suggested command is about, as far as it is known. */
interface Subject {
  /** The short id of a run. */
  readonly run: string | undefined;
  /** The workflow file of the invocation, or `FILE`. */
  readonly file: string;
  readonly verb: Invocation["verb"];
}

/** The command for each action that an error can suggest. */
const COMMANDS: Readonly<Record<SuggestedAction["action"], (subject: Subject) => Command>> = {
  validate_workflow: ({ file }) => axw("validate", file),
  list_agents: ({ verb, file }) => (verb === "run" ? axw("agents", file) : axw("agents")),
  give_inputs: ({ file }) => axw("run", file, "--input", "NAME=VALUE"),
  list_runs: () => axw("list"),
  show_run: ({ run }) => (run === undefined ? axw("list") : axw("show", run)),
  resume_run: ({ run }) => (run === undefined ? axw("list") : axw("resume", run)),
  start_run: ({ file }) => axw("run", file),
  list_checkpoints: ({ run }) => (run === undefined ? axw("list") : axw("checkpoint", "list", run)),
  verify_database: () => axw("doctor", "--verify"),
  salvage_database: () => axw("doctor", "--salvage", "NEW.db"),
  inspect_database: () => axw("doctor"),
  read_help: ({ verb }) => (verb === undefined ? axw("--help") : axw(verb, "--help")),
};

/** The verbs whose first argument is a workflow file. */
const FILE_VERBS: ReadonlySet<Invocation["verb"]> = new Set([
  "validate",
  "plan",
  "simulate",
  "agents",
  "run",
]);

/**
 * The command to type after an error: the one that it names, else the one for the action that it
 * suggests.
 */
export async function nextCommand(error: CodedError, invocation: Invocation): Promise<Command> {
  if (error.next !== undefined) return error.next;
  const { action, runId = error.runId } = error.suggestion ?? {
    action: ERROR_KINDS[error.code].action,
  };
  return commandFor(action, runId, invocation);
}

/** The command that does `action` for the run with this id. */
export async function commandFor(
  action: SuggestedAction["action"],
  runId: string | undefined,
  { verb, operand }: Invocation,
): Promise<Command> {
  // Loaded only for an error that names a run, which the storage has read: it loads the storage.
  const run =
    runId === undefined ? undefined : (await import("./render/short-id.js")).shortId(runId);
  const file = FILE_VERBS.has(verb) && operand !== undefined ? operand : "FILE";
  return COMMANDS[action]({ run, file, verb });
}
