import { Command, InvalidArgumentError, Option } from "commander";
import type { CliIo } from "./io.js";

/** The words that `list --status` takes. */
const STATUSES = ["running", "completed", "failed", "paused", "cancelled"];
const DEFAULT_CONCURRENCY = 8;

/**
 * Every verb with its flags; what is unknown is an error. The modules behind the verbs are loaded only when one is
 * asked for: `--help` must not wait for SQLite. `done` is told the exit code.
 */
export function buildProgram(
  io: CliIo,
  version: string,
  done: (exitCode: number) => void,
): Command {
  const program = new Command("axw")
    .description("Run, watch and resume multi-agent workflows.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [verb]", "print the help of a verb")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) =>
        write(text.replace(/^error: /, `${io.stderr.paint("red", "error")}  invalid_argument  `)),
    })
    .addHelpText("after", EPILOGUE);
  addDefinitionVerbs(program, io, done);
  addRunVerbs(program, io, done);
  addWatchVerbs(program, io, done);
  addSteeringVerbs(program, io, done);
  addHouseVerbs(program, io, done);
  return program;
}

const EPILOGUE = `
Data: .ax/workflow.db below the current folder; --db PATH or AXW_DB name another.
Ids: any unique part of one will do, and the last six characters are shown; one of --run-id is given whole.
Ctrl-C: once, nothing new starts and running steps finish; twice, the agents are stopped. The run can be resumed.
Exit codes: 0 ok, 1 run failed, 2 invalid definition or usage, 3 paused, 4 cancelled, 5 database,
            6 another process works on the run, 130 after Ctrl-C.
Start with: axw validate FILE, axw plan FILE, axw run FILE --agents simulated`;

type Done = (exitCode: number) => void;

function addDefinitionVerbs(program: Command, io: CliIo, done: Done): void {
  program
    .command("validate")
    .description("check workflow files and name every problem with its place")
    .argument("<file...>", "workflow files, YAML or JSON")
    .option("--json", "issues as NDJSON")
    .action(async (files: string[], options) =>
      done(await (await import("./commands/validate.js")).validate(io, files, options)),
    );
  program
    .command("plan")
    .description("show batches and the critical path; starts nothing")
    .argument("<file>", "workflow file")
    .option("--json", "the plan as JSON")
    .action(async (file: string, options) =>
      done(await (await import("./commands/plan.js")).plan(io, file, options)),
    );
  program
    .command("graph")
    .description("print the graph of a workflow, or of a run with its states")
    .argument("<file|run>", "workflow file, or id of a run")
    .addOption(
      new Option("--format <format>", "language of the graph")
        .choices(["mermaid", "dot"])
        .default("mermaid"),
    )
    .addOption(dbOption())
    .action(async (target: string, options) =>
      done(await (await import("./commands/graph.js")).graph(io, target, options)),
    );
  program
    .command("simulate")
    .description(
      "run a workflow in simulated worlds, where everything that can go wrong does; no agent is called",
    )
    .argument("<file>", "workflow file")
    .option("--seeds <n>", "how many worlds", positiveInteger, 1000)
    .addOption(
      new Option("--seed <n>", "one world only, and its story")
        .argParser(positiveInteger)
        .conflicts("seeds"),
    )
    .option("--json", "as JSON")
    .addHelpText("after", SIMULATE_HELP)
    .action(async (file: string, options) =>
      done(await (await import("./commands/simulate.js")).simulate(io, file, options)),
    );
  program
    .command("agents")
    .description(
      "show who would perform the steps of a workflow, and whether the programs are installed",
    )
    .argument("[file]", "workflow file")
    .addOption(agentsOption())
    .option("--json", "as JSON")
    .action(async (file: string | undefined, options) =>
      done(await (await import("./commands/agents.js")).agents(io, file, options)),
    );
  program
    .command("schema")
    .description("print the JSON Schema of workflow files, for editors")
    .action(async () => done(await (await import("./commands/schema.js")).schema(io)));
}

const SIMULATE_HELP = `
The real engine and database run the workflow under a clock that waits for nothing; the agents are made up: canned
results, seeded durations. Processes crash, storage fails, agents fail, hang and answer late. The same seed gives the
same world. Exit code 1 means that a promise of the engine was broken, not that a simulated run failed.`;

function addRunVerbs(program: Command, io: CliIo, done: Done): void {
  program
    .command("run")
    .description("run a workflow")
    .argument("<file>", "workflow file, YAML or JSON")
    .option("--input <name=value>", "value for a declared input; may be repeated", collect)
    .option("--inputs <file>", "JSON file with values for the declared inputs")
    .option(
      "--context <name=value>",
      "put into the run's context; JSON, or else text; may be repeated",
      collect,
    )
    .addOption(agentsOption())
    .option("--concurrency <n>", "steps in flight at once", positiveInteger, DEFAULT_CONCURRENCY)
    .option("--run-id <id>", "name of the run; the same name again continues or returns that run")
    .addOption(dbOption())
    .addOption(durabilityOption())
    .addOption(jsonEventsOption())
    .addOption(uiOption())
    .addHelpText("after", AGENTS_HELP)
    .action(async (file: string, options) =>
      done(await (await import("./commands/run.js")).run(io, file, options)),
    );
  program
    .command("resume")
    .description(
      "go on with a run that was paused, failed or left by a process that died, or go back to a checkpoint",
    )
    .argument("<run|checkpoint>", "id of a run or of a checkpoint")
    .addOption(agentsOption())
    .addOption(dbOption())
    .addOption(durabilityOption())
    .addOption(jsonEventsOption())
    .addOption(uiOption())
    .addHelpText("after", AGENTS_HELP)
    .action(async (id: string, options) =>
      done(await (await import("./commands/resume.js")).resume(io, id, options)),
    );
}

const AGENTS_HELP = `
Who performs a step: the agents of --agents FILE, else of agents.yaml beside the workflow file or in the current
folder; then those of the file's own \`agents:\` map; then the preset of --agents, for every agent not named there.
Programs run in the current folder, and relative paths count from there; in a file of agents, from that file's folder.`;

function addWatchVerbs(program: Command, io: CliIo, done: Done): void {
  program
    .command("list")
    .description("list runs, newest first")
    .addOption(new Option("--status <status>", "only those that stand so").choices(STATUSES))
    .option("--limit <n>", "at most so many", positiveInteger, 20)
    .addOption(dbOption())
    .option("--json", "one JSON object a line")
    .action(async (options) => done(await (await import("./commands/list.js")).list(io, options)));
  program
    .command("show")
    .description("show a run: steps, attempts, results, checkpoints")
    .argument("<run>", "id of a run")
    .addOption(dbOption())
    .option("--json", "everything, as JSON")
    .action(async (id: string, options) =>
      done(await (await import("./commands/show.js")).show(io, id, options)),
    );
  program
    .command("logs")
    .description("print what the agents wrote")
    .argument("<run>", "id of a run")
    .argument("[step]", "id of a step")
    .option("--attempt <n>", "only this attempt", positiveInteger)
    .option("--follow", "go on as long as the run is worked on")
    .addOption(dbOption())
    .option("--json", "one JSON object a line")
    .action(async (id: string, step: string | undefined, options) =>
      done(await (await import("./commands/logs.js")).logs(io, id, step, options)),
    );
  program
    .command("events")
    .description("print what happened in a run")
    .argument("<run>", "id of a run")
    .option("--follow", "go on as long as the run is worked on")
    .addOption(dbOption())
    .option("--json", "one JSON object a line")
    .action(async (id: string, options) =>
      done(await (await import("./commands/events.js")).events(io, id, options)),
    );
}

function addSteeringVerbs(program: Command, io: CliIo, done: Done): void {
  const checkpoint = program
    .command("checkpoint")
    .usage("<run> [--name NAME]  |  list <run>")
    .description("write a checkpoint of a run, or list them")
    .addHelpText("after", CHECKPOINT_HELP);
  checkpoint
    .command("create", { isDefault: true, hidden: true })
    .argument("<run>", "id of a run")
    .option("--name <name>", "name of the checkpoint")
    .addOption(dbOption())
    .option("--json", "as JSON")
    .action(async (id: string, options) =>
      done(await (await import("./commands/checkpoint.js")).createCheckpoint(io, id, options)),
    );
  checkpoint
    .command("list")
    .description("list the checkpoints of a run, newest first")
    .argument("<run>", "id of a run")
    .addOption(dbOption())
    .option("--json", "one JSON object a line")
    .action(async (id: string, options) =>
      done(await (await import("./commands/checkpoint.js")).listCheckpoints(io, id, options)),
    );
  program
    .command("pause")
    .description(
      "pause a run, whichever process works on it: nothing new starts, running steps finish",
    )
    .argument("<run>", "id of a run")
    .addOption(dbOption())
    .action(async (id: string, options) =>
      done(await (await import("./commands/control.js")).pause(io, id, options)),
    );
  program
    .command("cancel")
    .description("end a run for good, whichever process works on it")
    .argument("<run>", "id of a run")
    .addOption(dbOption())
    .action(async (id: string, options) =>
      done(await (await import("./commands/control.js")).cancel(io, id, options)),
    );
}

// The verb that is meant when none is named has flags that its own help would hide.
const CHECKPOINT_HELP = `
Flags of both:
  --db <path>     database (default: AXW_DB, else .ax/workflow.db)
  --json          as JSON; of a list one object a line
Only to write one:
  --name <name>   name of the checkpoint
Example: axw checkpoint RUN --name before-release`;

function addHouseVerbs(program: Command, io: CliIo, done: Done): void {
  program
    .command("doctor")
    .description("check Node, the database and the agents' programs")
    .addOption(dbOption())
    .option("--verify", "check the journal of every run against its hashes")
    .option(
      "--salvage <new.db>",
      "take what is sound out of a damaged database into a new one; the old one is only read",
    )
    .option("--json", "one JSON object a line")
    .action(async (options) => {
      if (options.salvage === undefined)
        done(await (await import("./commands/doctor.js")).doctor(io, options));
      else done((await import("./commands/salvage.js")).salvage(io, options.salvage, options));
    });
  program
    .command("gc")
    .description(
      "remove runs that have ended and are beyond a limit, with all that belongs to them; others may run meanwhile",
    )
    .option("--older-than <duration>", "runs that ended longer ago: 30d, 12h, 1h30m")
    .option("--keep <n>", "all but the newest so many that have ended", wholeNumber)
    .option("--max-size <size>", "the oldest, until the rest needs at most so much: 500MB, 2GB")
    .option(
      "--checkpoints <n>",
      "automatic checkpoints beyond the newest so many of each run",
      positiveInteger,
    )
    .option(
      "--vacuum",
      "write the file anew without what is free in it; no run may be worked on meanwhile",
    )
    .option("--dry-run", "only say what would go")
    .addOption(dbOption())
    .option("--json", "one JSON object a line for each run, and a summary as the last")
    .addHelpText("after", GC_HELP)
    .action(async (options) => done(await (await import("./commands/gc.js")).gc(io, options)));
}

const GC_HELP = `
Each limit holds. A run that is running or paused is never removed. Without --vacuum the file does not shrink: what is free
in it is used for what comes.
Example: axw gc --older-than 30d --keep 1000 --max-size 500MB --dry-run`;

// --- options that several verbs have

function dbOption(): Option {
  return new Option("--db <path>", "database (default: AXW_DB, else .ax/workflow.db)");
}

function agentsOption(): Option {
  return new Option(
    "--agents <who>",
    "claude, codex, gemini or simulated for every agent not named elsewhere; or a file that names agents",
  );
}

function durabilityOption(): Option {
  return new Option(
    "--durability <mode>",
    "what a run survives: full, a power cut; process, only the death of the process, and is faster",
  )
    .choices(["full", "process"])
    .default("full");
}

function jsonEventsOption(): Option {
  return new Option("--json", "events as NDJSON on stdout, the ending as the last line");
}

function uiOption(): Option {
  return new Option(
    "--ui <kind>",
    "how progress is shown (default: live on a terminal, else lines)",
  ).choices(["live", "lines"]);
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function positiveInteger(value: string): number {
  return integerFrom(1, value);
}

function wholeNumber(value: string): number {
  return integerFrom(0, value);
}

function integerFrom(least: number, value: string): number {
  const n = Number(value);
  if (value.trim() === "" || !Number.isSafeInteger(n) || n < least || n > 2_147_483_647)
    throw new InvalidArgumentError(`Write a whole number from ${least}.`);
  return n;
}
