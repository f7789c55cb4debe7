import { type Command, Option } from "commander";
import { pathArgument } from "./command.js";
import type { CliIo } from "./io.js";
import {
  agentsOption,
  backendOption,
  collect,
  dbOption,
  detachOption,
  durabilityOption,
  failOnToleratedOption,
  jsonEventsOption,
  localOption,
  noAskOption,
  positiveInteger,
  queueAnywayOption,
  uiOption,
} from "./program-options.js";

/* The commands that answer what runs wait for. */

/** Receives the exit code. */
type Done = (exitCode: number) => void;

const RUN = "run id, or @last";

export function addGates(program: Command, io: CliIo, done: Done): void {
  program
    .command("gates")
    .description(
      "list what runs wait for: open gates, signals, and steps that may or may not have taken " +
        "effect",
    )
    .argument("[run]", `${RUN}; if omitted, all runs are listed`)
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per line")
    .action(async (id: string | undefined, options) =>
      done(await (await import("./commands/gates.js")).gates(io, id, options)),
    );
}

export function addAnswerVerbs(program: Command, io: CliIo, done: Done): void {
  const gate = "path of the gate, or a part of it that no other open gate has";
  const verbs = [
    ["approve", "approve an open gate, then resume the run"],
    ["reject", "reject an open gate, then resume the run"],
  ] as const;
  for (const [verb, description] of verbs) {
    const command = program
      .command(verb)
      .description(description)
      .argument("<run>", RUN)
      .argument("<gate>", gate)
      .option("--set <name=value>", "a value that the gate asks for; may be repeated", collect)
      .option("--values <file>", "JSON file with the values that the gate asks for");
    if (verb === "approve")
      command.option(
        "--edit <file>",
        "the result that replaces that of the gate's `editable` step; JSON, else text",
        pathArgument,
      );
    withResume(signed(command), "only record the answer")
      .addHelpText("after", ANSWER_HELP)
      .action(async (id: string, step: string, options) =>
        done(await (await import("./commands/approve.js"))[verb](io, id, step, options)),
      );
  }
  withResume(
    signed(
      program
        .command("answer")
        .description("say whether a step of unknown outcome took effect, then resume the run")
        .argument("<run>", RUN)
        .argument("<step>", "path of the step, or a part of it that no other such step has")
        .addOption(
          new Option("--done", "it took effect: the step is completed").conflicts("notDone"),
        )
        .option("--not-done", "it did not take effect: the step is performed again")
        .option("--result <file>", "with --done: the result of the step; JSON, else text"),
    ),
    "only record the answer",
  )
    .addHelpText("after", ANSWER_HELP)
    .action(async (id: string, step: string, options) =>
      done(await (await import("./commands/answer.js")).answer(io, id, step, options)),
    );
  program
    .command("signal")
    .description("send a signal to a run")
    .argument("<run>", RUN)
    .argument("<name>", "name of the signal")
    .option("--data <json>", "data of the signal (default: null)")
    .option("--id <id>", "id of the signal: a second one with this id is refused")
    .option("--resume", "then resume the run, if it is paused because it waits")
    .addOption(agentsOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .addOption(jsonEventsOption())
    .addHelpText("after", SIGNAL_HELP)
    .action(async (id: string, name: string, options) =>
      done(await (await import("./commands/signal.js")).signal(io, id, name, options)),
    );
}

/** Who answers, and what for. */
function signed(command: Command): Command {
  return command
    .option("--note <text>", "a note that is kept with the answer")
    .option("--by <name>", "who answers (default: the user of this machine)")
    .option(
      "--attempt <n>",
      "refuse the answer if another attempt of the step is open by now",
      positiveInteger,
    );
}

/**
 * How the run is resumed. `unlessOnly`: what happens with `--no-resume`; undefined if the run is
 * only resumed with `--resume`.
 */
export function withResume(command: Command, unlessOnly: string | undefined): Command {
  const flag =
    unlessOnly === undefined
      ? command.option("--resume", "then resume the run")
      : command.option("--no-resume", unlessOnly);
  return flag
    .addOption(agentsOption())
    .option("--here", "work in the current folder, not in the one where the run was started")
    .addOption(noAskOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .addOption(localOption())
    .addOption(queueAnywayOption())
    .addOption(detachOption())
    .addOption(durabilityOption())
    .addOption(failOnToleratedOption())
    .addOption(jsonEventsOption())
    .addOption(uiOption());
}

const ANSWER_HELP = `
The answer is recorded no matter which process owns the run. A run that is
paused because it waits is then resumed here; one that a person paused is not.
The exit code is that of \`resume\`, or 0 if nothing was resumed.`;

const SIGNAL_HELP = `
The signal goes to the step that has waited longest for its name. If none does,
it is kept for the next one.`;
