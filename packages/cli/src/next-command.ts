import { ERROR_KINDS, type SuggestedAction } from "@automatosx/workflow/errors";
import { axw, type Command } from "./command.js";
import type { Invocation } from "./invocation.js";
import type { CodedError } from "./render/error.js";

/** The run and file that a suggested command refers to, if known. */
interface Subject {
  /** A short run id. */
  readonly run: string | undefined;
  /** The invocation's workflow file, or `FILE`. */
  readonly file: string;
  readonly verb: Invocation["verb"];
}

/** Maps each action that an error can suggest to its command. */
const COMMANDS: Readonly<Record<SuggestedAction["action"], (subject: Subject) => Command>> = {
  validate_workflow: ({ file }) => axw("validate", file),
  list_agents: ({ verb, file }) => (verb === "run" ? axw("agents", file) : axw("agents")),
  give_inputs: ({ file }) => axw("run", file, "--input", "NAME=VALUE"),
  give_context: ({ file }) => axw("run", file, "--context", "NAME=VALUE"),
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

/** The commands whose first argument is a workflow file. */
const FILE_VERBS: ReadonlySet<Invocation["verb"]> = new Set([
  "validate",
  "plan",
  "simulate",
  "agents",
  "run",
]);

/**
 * Returns the command to type after an error: the error's own command, or else the command for the
 * action that it suggests.
 */
export async function nextCommand(error: CodedError, invocation: Invocation): Promise<Command> {
  if (error.next !== undefined) return error.next;
  const { action, runId = error.runId } = error.suggestion ?? {
    action: ERROR_KINDS[error.code].action,
  };
  return commandFor(action, runId, invocation);
}

/** Returns the command that performs `action` on the run with this id. */
export async function commandFor(
  action: SuggestedAction["action"],
  runId: string | undefined,
  { verb, operand }: Invocation,
): Promise<Command> {
  // This loads the storage. Do so only for an error that refers to a run, for which the storage has
  // been loaded already.
  const run =
    runId === undefined ? undefined : (await import("./render/short-id.js")).shortId(runId);
  const file = FILE_VERBS.has(verb) && operand !== undefined ? operand : "FILE";
  return COMMANDS[action]({ run, file, verb });
}
