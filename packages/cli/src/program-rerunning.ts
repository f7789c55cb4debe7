import type { Command } from "commander";
import { pathArgument } from "./command.js";
import type { CliIo } from "./io.js";
import { withResume } from "./program-answering.js";
import {
  agentsOption,
  backendOption,
  collect,
  dbOption,
  positiveInteger,
  rootOption,
} from "./program-options.js";

/* The commands that change a run: its results, its steps or its definition. */

/** Receives the exit code. */
type Done = (exitCode: number) => void;

const RUN = "run id, or @last";
const BY = "name to record (default: the user of this machine)";
const INPUT = "another value of an input; may be repeated";
const INPUTS = "JSON file with other values of inputs";

export function addRerunVerbs(program: Command, io: CliIo, done: Done): void {
  addEditOutput(program, io, done);
  withResume(
    program
      .command("retry")
      .description("perform steps of a run again, and later steps whose requests change")
      .argument("<run>", RUN)
      .option("--step <step>", "path of a step, or a part of it; may be repeated", collect)
      .option(
        "--downstream",
        "also perform all steps that depend on them, even if their requests are the same",
      )
      .option("--by <name>", BY),
    "only record it",
  )
    .addHelpText("after", RETRY_HELP)
    .action(async (id: string, options) =>
      done(await (await import("./commands/retry.js")).retry(io, id, options)),
    );
  withResume(
    program
      .command("amend")
      .description(
        "continue a run with another workflow file; steps with the same request keep their results",
      )
      .argument("<run>", RUN)
      .argument("<file>", "workflow file; - for stdin", pathArgument)
      .option("--dry-run", "show what would happen to each step, and change nothing")
      .option("--input <name=value>", INPUT, collect)
      .option("--inputs <file>", INPUTS)
      .option("--by <name>", BY)
      .addOption(rootOption()),
    "only record it",
  )
    .addHelpText("after", AMEND_HELP)
    .action(async (id: string, file: string, options) =>
      done(await (await import("./commands/amend.js")).amend(io, id, file, options)),
    );
  addFork(program, io, done);
}

function addEditOutput(program: Command, io: CliIo, done: Done): void {
  withResume(
    program
      .command("edit-output")
      .description(
        "replace the result of a completed step; later steps that used it are performed again",
      )
      .argument("<run>", RUN)
      .argument("<step>", "path of the step, or a part of it that no other completed step has")
      .argument("<file>", "the new result: JSON, else text; - for stdin", pathArgument)
      .option("--note <text>", "a note that is kept with the edit")
      .option("--by <name>", BY)
      .option("--attempt <n>", "refuse the edit if the step has a later attempt", positiveInteger),
    undefined,
  )
    .addHelpText("after", EDIT_HELP)
    .action(async (id: string, step: string, file: string, options) =>
      done(
        await (await import("./commands/edit-output.js")).editOutput(io, id, step, file, options),
      ),
    );
}

function addFork(program: Command, io: CliIo, done: Done): void {
  program
    .command("fork")
    .description("create a new run that begins with the results of another one")
    .argument("<run>", RUN)
    .option("--at <checkpoint>", "begin at this checkpoint of the run: its id or its name")
    .option("--file <file>", "continue with this workflow file", pathArgument)
    .option("--input <name=value>", INPUT, collect)
    .option("--inputs <file>", INPUTS)
    .option("--run-id <id>", "id of the new run")
    .addOption(agentsOption())
    .addOption(rootOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print the new run as JSON")
    .addHelpText("after", FORK_HELP)
    .action(async (id: string, options) =>
      done(await (await import("./commands/fork.js")).fork(io, id, options)),
    );
}

const EDIT_HELP = `
The edit is recorded even if another process owns the run, which then continues
there. Any other run stays paused, so that several results can be edited, unless
--resume is given.
A step whose request is the same as before keeps its result. One line break at
the end of a text is not part of the result.`;

const RETRY_HELP = `
The run is then resumed here, unless another process owns it. A later step whose
request is the same as before keeps its result; --downstream performs it again
in any case. A step that contains others stands for all of them.
The exit code is that of \`resume\`, or 0 if nothing was resumed.`;

const AMEND_HELP = `
First shows which steps keep their results, and why the others do not. A run
that another process owns continues there: only attempts whose request changes,
or whose step is removed, are stopped. Any other run is resumed here.
The exit code is that of \`resume\`, or 0 if nothing was resumed.`;

const FORK_HELP = `
The new run has the results, inputs and context of the other one, which does not
change. With --file, only steps with the same request keep their results.
\`fork\` starts nothing; \`resume\` starts the new run.`;
