import { type Command, Option } from "commander";
import type { CliIo } from "./io.js";
import {
  backendOption,
  dbOption,
  failOnToleratedOption,
  jsonEventsOption,
  positiveInteger,
  uiOption,
} from "./program-options.js";

// The commands that read runs. Each is defined alone: these commands finish in an instant, and to
// define the others would take a noticeable part of it.

/** How a step is named. */
const STEP = "id of a step, or a unique part of its path";

/** Receives the exit code. */
type Done = (exitCode: number) => void;

/** The values of `list --status`. */
const STATUSES = ["running", "orphaned", "completed", "failed", "paused", "cancelled"];

export function addWatch(program: Command, io: CliIo, done: Done): void {
  program
    .command("watch")
    .description("show a run that any process works on, until it has ended or is paused")
    .argument("<run>", "run id, or @last")
    .addOption(failOnToleratedOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .addOption(jsonEventsOption())
    .addOption(uiOption())
    .addHelpText("after", WATCH_HELP)
    .action(async (id: string, options) =>
      done(await (await import("./commands/watch.js")).watch(io, id, options)),
    );
}

const WATCH_HELP = `
The exit code is that of \`run\` for the same state of the run; it is 3 if no
process works on it. Ctrl-C ends only the watching: the run continues.`;

export function addList(program: Command, io: CliIo, done: Done): void {
  program
    .command("list")
    .description("list runs, newest first")
    .addOption(
      new Option(
        "--status <status>",
        "only runs with this status; a run is orphaned if no process works on it",
      ).choices(STATUSES),
    )
    .option("--limit <n>", "maximum number of runs", positiveInteger, 20)
    .option("--children", "also list the runs that steps of other runs started")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per line")
    .action(async (options) => done(await (await import("./commands/list.js")).list(io, options)));
}

export function addShow(program: Command, io: CliIo, done: Done): void {
  program
    .command("show")
    .description("show a run: its steps, attempts, results and checkpoints")
    .argument("<run>", "run id, or @last")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print everything as JSON")
    .action(async (id: string, options) =>
      done(await (await import("./commands/show.js")).show(io, id, options)),
    );
}

export function addResult(program: Command, io: CliIo, done: Done): void {
  program
    .command("result")
    .description("print the result of a step, as it is, and nothing else")
    .argument("<run>", "run id, or @last")
    .argument("[step]", `${STEP}; if omitted, the outputs or all results are printed as JSON`)
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print a text as JSON too, and everything on one line")
    .action(async (id: string, step: string | undefined, options) =>
      done(await (await import("./commands/result.js")).result(io, id, step, options)),
    );
}

export function addLogs(program: Command, io: CliIo, done: Done): void {
  program
    .command("logs")
    .description("print the output of the agents, each line with its time")
    .argument("<run>", "run id, or @last")
    .argument("[step]", STEP)
    .option("--attempt <n>", "only this attempt", positiveInteger)
    .option("--follow", "also print new output, for as long as a process owns the run")
    .addOption(new Option("--raw", "print only the text, as it was written").conflicts("json"))
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per line")
    .action(async (id: string, step: string | undefined, options) =>
      done(await (await import("./commands/logs.js")).logs(io, id, step, options)),
    );
}

export function addEvents(program: Command, io: CliIo, done: Done): void {
  program
    .command("events")
    .description("print the events of a run")
    .argument("<run>", "run id, or @last")
    .option("--all", "also print the internal states that the run passes through")
    .option("--follow", "also print new events, for as long as a process owns the run")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per line")
    .action(async (id: string, options) =>
      done(await (await import("./commands/events.js")).events(io, id, options)),
    );
}

export function addWhy(program: Command, io: CliIo, done: Done): void {
  program
    .command("why")
    .description(
      "explain why a run ended or what it waits for; or why a step was skipped, waits, failed, " +
        "kept its result or is performed again",
    )
    .argument("<run>", "run id, or @last")
    .argument("[step]", `${STEP}; if omitted, the run is explained`)
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print the chain of causes as JSON")
    .action(async (id: string, step: string | undefined, options) =>
      done(await (await import("./commands/why.js")).why(io, id, step, options)),
    );
}
