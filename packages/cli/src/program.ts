import { cleanText } from "@automatosx/workflow/terminal-text";
import { Argument, Command, CommanderError, Option } from "commander";
import { textWithoutPasswords } from "./backend/without-password.js";
import { axw, commandText, pathArgument } from "./command.js";
import { epilogue } from "./epilogue.js";
import type { CliIo } from "./io.js";
import { addAnswerVerbs, addGates } from "./program-answering.js";
import {
  agentsOption,
  backendOption,
  collect,
  collectPath,
  dbOption,
  detachOption,
  durabilityOption,
  failOnToleratedOption,
  jsonEventsOption,
  localOption,
  noAskOption,
  positiveInteger,
  queueAnywayOption,
  rootOption,
  uiOption,
  wholeNumber,
} from "./program-options.js";
import {
  addEvents,
  addList,
  addLogs,
  addResult,
  addShow,
  addWatch,
  addWhy,
} from "./program-reading.js";
import { addRerunVerbs } from "./program-rerunning.js";
import { addServe } from "./program-serving.js";
import { addTestVerbs } from "./program-tests.js";
import { addBackend, addWorker } from "./program-workers.js";
import { refuseTwoValues } from "./refuse-two-values.js";

const DEFAULT_CONCURRENCY = 8;

type Done = (exitCode: number) => void;

/** The commands that are defined together. */
const GROUPS: readonly {
  readonly verbs: readonly string[];
  readonly add: (program: Command, io: CliIo, done: Done) => void;
}[] = [
  { verbs: ["validate", "plan", "graph", "agents", "schema"], add: addDefinitionVerbs },
  { verbs: ["simulate"], add: addSimulate },
  { verbs: ["init", "test"], add: addTestVerbs },
  { verbs: ["run", "resume"], add: addRunVerbs },
  { verbs: ["watch"], add: addWatch },
  { verbs: ["list"], add: addList },
  { verbs: ["show"], add: addShow },
  { verbs: ["result"], add: addResult },
  { verbs: ["logs"], add: addLogs },
  { verbs: ["events"], add: addEvents },
  { verbs: ["why"], add: addWhy },
  { verbs: ["gates"], add: addGates },
  { verbs: ["approve", "reject", "answer", "signal"], add: addAnswerVerbs },
  { verbs: ["edit-output", "retry", "amend", "fork"], add: addRerunVerbs },
  { verbs: ["checkpoint"], add: addCheckpoint },
  { verbs: ["pause", "cancel"], add: addControlVerbs },
  { verbs: ["serve"], add: addServe },
  { verbs: ["worker"], add: addWorker },
  { verbs: ["backend"], add: addBackend },
  { verbs: ["doctor"], add: addDoctor },
  { verbs: ["backup"], add: addBackup },
  { verbs: ["gc"], add: addGc },
];

/**
 * Defines the commands with their flags: the group of `verb`, or all of them if no group has that
 * verb. Anything unknown is an error. A command's module is loaded only when that command is used,
 * because `--help` must not wait for SQLite. `done` receives the exit code.
 */
export function buildProgram(io: CliIo, version: () => string, done: Done, verb?: string): Command {
  const program = new Command("axw")
    .description("Run, watch and resume multi-agent workflows.")
    .option("-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print help for a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) =>
        write(
          cleanText(textWithoutPasswords(text))
            .replace(/^error: /, `${io.stderr.paint("red", "error")}  invalid_argument  `)
            .replace(/\n\((.*\?)\)/, "\n       $1"),
        ),
    })
    .addHelpText("after", () => epilogue(io));
  // Unlike `Command.version`, this reads the version only to print it.
  program.on("option:version", () => {
    io.stdout.line(version());
    throw new CommanderError(0, "commander.version", version());
  });
  const group = GROUPS.find(({ verbs }) => verb !== undefined && verbs.includes(verb));
  for (const { add } of group === undefined ? GROUPS : [group]) add(program, io, done);
  refuseTwoValues(program);
  return program;
}

function addDefinitionVerbs(program: Command, io: CliIo, done: Done): void {
  program
    .command("validate")
    .description("check workflow and agents files; report every problem with its line and column")
    .argument("<file...>", "workflow or agents files, YAML or JSON; - for stdin", collectPath)
    .option("--fix", "make the safe fixes in the files, then report what is left")
    .addOption(
      new Option("--dry-run", "with --fix: print the changes, and write nothing").implies({
        fix: true,
      }),
    )
    .addOption(rootOption())
    .option("--json", "print one JSON object per file")
    .action(async (files: string[], options) =>
      done(await (await import("./commands/validate.js")).validate(io, files, options)),
    );
  program
    .command("plan")
    .description("show the batches and the critical path of a workflow without running it")
    .argument("<file>", "workflow file; - for stdin", pathArgument)
    .option("--run <run>", "show instead which steps of this run would keep their results, and why")
    .option("--input <name=value>", "with --run: another value of an input", collect)
    .option("--inputs <file>", "with --run: JSON file with other values of inputs")
    .addOption(rootOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print the plan as JSON")
    .action(async (file: string, options) =>
      done(await (await import("./commands/plan.js")).plan(io, file, options)),
    );
  program
    .command("graph")
    .description("print the graph of a workflow, or of a run with the status of each step")
    .argument("<file|run>", "workflow file (- for stdin), run id, or @last", pathArgument)
    .addOption(
      new Option("--format <format>", "output format")
        .choices(["mermaid", "dot"])
        .default("mermaid"),
    )
    .addOption(new Option("--svg", "draw an SVG file, as the page does").conflicts("format"))
    .addOption(rootOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .action(async (target: string, options) =>
      done(await (await import("./commands/graph.js")).graph(io, target, options)),
    );
  program
    .command("agents")
    .description("show which agent performs each step of a workflow, and whether it is installed")
    .argument("[file]", "workflow file; if omitted, the presets are listed", pathArgument)
    .addOption(agentsOption())
    .option("--json", "print one JSON object per agent")
    .action(async (file: string | undefined, options) =>
      done(await (await import("./commands/agents.js")).agents(io, file, options)),
    );
  program
    .command("schema")
    .description("print the JSON Schema of workflow, test or agents files, for editors")
    .addArgument(
      new Argument("[kind]", "which files")
        .choices(["workflow", "test", "agents"])
        .default("workflow"),
    )
    .action(async (kind: "workflow" | "test" | "agents") =>
      done(await (await import("./commands/schema.js")).schema(io, kind)),
    );
}

function addSimulate(program: Command, io: CliIo, done: Done): void {
  program
    .command("simulate")
    .description(
      "run a workflow in simulated worlds of crashes and failures, without calling an agent",
    )
    .argument("<file>", "workflow file; - for stdin", pathArgument)
    .option(
      "--seeds <n>",
      "number of worlds (default: 1000, or as many as fit in 10 seconds)",
      positiveInteger,
    )
    .addOption(
      new Option("--seed <n>", "simulate only this world, and print what happens in it")
        .argParser(positiveInteger)
        .conflicts("seeds"),
    )
    .option(
      "--fail <step=rate>",
      "let each attempt of this step fail this often (20% or 0.2; * for all other steps), and " +
        "nothing else go wrong; may be repeated",
      collect,
    )
    .addOption(rootOption())
    .option("--json", "print the result as JSON")
    .addHelpText("after", SIMULATE_HELP)
    .action(async (file: string, options) =>
      done(await (await import("./commands/simulate.js")).simulate(io, file, options)),
    );
}

const SIMULATE_HELP = `
The real engine and database run the workflow under a simulated clock. Agents
are simulated too, with canned results and seeded durations. Processes crash,
storage fails, and agents fail, hang or answer late. The same seed always
produces the same world. For each step, the result shows how often it ran and
failed, and what one more retry would change. Exit code 1 means that the engine
broke a promise, not that a simulated run failed.`;

function addRunVerbs(program: Command, io: CliIo, done: Done): void {
  program
    .command("run")
    .description("run a workflow")
    .argument("<file>", "workflow file, YAML or JSON; - for stdin", pathArgument)
    .option("--input <name=value>", "value of a declared input; may be repeated", collect)
    .option("--inputs <file>", "JSON file with the values of declared inputs")
    .option(
      "--context <name=value>",
      "value to add to the run's context, JSON or text; may be repeated",
      collect,
    )
    .addOption(agentsOption())
    .option(
      "--concurrency <n>",
      "maximum number of steps in flight",
      positiveInteger,
      DEFAULT_CONCURRENCY,
    )
    .option("--run-id <id>", "run id; an existing run is resumed, or reported if it has ended")
    .option("--from <run>", "keep the results of this run for steps with the same request")
    .option("--only <step>", "with --from: perform this step and no other")
    .option(
      "--from-step <step>",
      "with --from: perform this step and all steps that depend on it again",
    )
    .addOption(rootOption())
    .addOption(noAskOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .addOption(localOption())
    .addOption(queueAnywayOption())
    .addOption(detachOption())
    .addOption(durabilityOption())
    .addOption(failOnToleratedOption())
    .addOption(jsonEventsOption())
    .addOption(uiOption())
    .addHelpText("after", AGENTS_HELP + FROM_HELP)
    .action(async (file: string, options) =>
      done(await (await import("./commands/run.js")).run(io, file, options)),
    );
  program
    .command("resume")
    .description("resume a paused, failed or orphaned run, or restore a checkpoint")
    .argument("<run|checkpoint>", "run id, checkpoint id, or @last")
    .addOption(agentsOption())
    .option("--here", "work in the current folder, not in the one where the run was started")
    .option(
      "--budget <limit=value>",
      "raise the budget of the run first: usd=12, tokens=2000000, launches=50, wall=2h; may be " +
        "repeated",
      collect,
    )
    .option("--allow-unmetered", "no longer pause for attempts whose cost is not known")
    .option("--adopt", "continue the copy of a run of Restate in this process")
    .addOption(noAskOption())
    .addOption(dbOption())
    .addOption(backendOption())
    .addOption(localOption())
    .addOption(queueAnywayOption())
    .addOption(detachOption())
    .addOption(durabilityOption())
    .addOption(failOnToleratedOption())
    .addOption(jsonEventsOption())
    .addOption(uiOption())
    .addHelpText("after", RESUME_HELP)
    .action(async (id: string, options) =>
      done(await (await import("./commands/resume.js")).resume(io, id, options)),
    );
}

const AGENTS_HELP = `
A step's agent is taken from the first of these that defines it:
  1. the agents file: --agents FILE, else agents.yaml beside the workflow file,
     else agents.yaml in the current folder
  2. the \`agents:\` map of the workflow file
  3. the preset given with --agents, for every agent not defined above
With --agents simulated, none of these is used: every agent is simulated, no
real agent is called, and every result is marked as simulated.
Programs run in the current folder. Relative paths are resolved against it; in
an agents file, against the folder of that file.`;

const FROM_HELP = `
With --from RUN, the new run is a fork of RUN with this file: steps with the same
request keep their results, and all others are performed. It has the inputs and
the context of RUN; --input and --inputs replace inputs. RUN does not change.
--only leaves out every step that STEP does not need, and refuses to start if
another step would have to be performed.`;

const RESUME_HELP = `
The agents work in the folder where the run was started, with the agents file
that it was started with, read again. --agents FILE uses another file.
--here uses the current folder and its agents.yaml instead, for a folder that
was moved. If the folder or the agents file is gone, nothing starts.
With --agents simulated, every agent is simulated, no real agent is called, and
every result is marked as simulated.`;

function addCheckpoint(program: Command, io: CliIo, done: Done): void {
  const checkpoint = program
    .command("checkpoint")
    .usage("<run> [--name NAME]  |  list <run>")
    .description("write a checkpoint of a run, or list its checkpoints")
    .addHelpText("after", () => checkpointHelp(io));
  checkpoint
    .command("create", { isDefault: true, hidden: true })
    .argument("<run>", "run id, or @last")
    .option("--name <name>", "name of the checkpoint")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print the result as JSON")
    .action(async (id: string, options) =>
      done(await (await import("./commands/checkpoint.js")).createCheckpoint(io, id, options)),
    );
  checkpoint
    .command("list")
    .description("list the checkpoints of a run, newest first")
    .argument("<run>", "run id, or @last")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per line")
    .action(async (id: string, options) =>
      done(await (await import("./commands/checkpoint.js")).listCheckpoints(io, id, options)),
    );
}

// Commander does not print a default subcommand's flags.
function checkpointHelp({ stdout }: CliIo): string {
  const example = axw("checkpoint", "RUN", "--name", "before-release");
  return `
Flags for both forms:
  --db <path>      database (default: AXW_DB, else the nearest .ax/workflow.db)
  --backend <url>  where the runs are: sqlite:PATH, postgres://… or restate://…
  --json           print JSON; when listing, one object per line
Flags for writing a checkpoint:
  --name <name>    name of the checkpoint
Example: ${commandText(example, stdout.typedAxw)}`;
}

function addControlVerbs(program: Command, io: CliIo, done: Done): void {
  program
    .command("pause")
    .description(
      "pause a run, no matter which process owns it: no new steps start, and running steps finish",
    )
    .argument("<run>", "run id, or @last")
    .addOption(dbOption())
    .addOption(backendOption())
    .action(async (id: string, options) =>
      done(await (await import("./commands/control.js")).pause(io, id, options)),
    );
  program
    .command("cancel")
    .description("permanently cancel a run, no matter which process owns it")
    .argument("<run>", "run id, or @last")
    .option("--reason <text>", "the reason, stored as the error of the run")
    .addOption(dbOption())
    .addOption(backendOption())
    .action(async (id: string, options) =>
      done(await (await import("./commands/control.js")).cancel(io, id, options)),
    );
}

function addDoctor(program: Command, io: CliIo, done: Done): void {
  program
    .command("doctor")
    .description("check Node, the database and the programs that the presets use")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--verify", "check the journal of every run against its hashes")
    .option(
      "--salvage <new.db>",
      "copy the intact data of a damaged database into a new one; the old one is only read",
    )
    .option("--json", "print one JSON object per line")
    .action(async (options) => {
      if (options.salvage === undefined)
        done(await (await import("./commands/doctor.js")).doctor(io, options));
      else done((await import("./commands/salvage.js")).salvage(io, options.salvage, options));
    });
}

function addBackup(program: Command, io: CliIo, done: Done): void {
  program
    .command("backup")
    .description("copy the database to a new file while runs continue, and check the copy")
    .argument("<file>", "a file that does not exist yet")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print the result as JSON")
    .action(async (file: string, options) =>
      done(await (await import("./commands/backup.js")).backup(io, file, options)),
    );
}

function addGc(program: Command, io: CliIo, done: Done): void {
  program
    .command("gc")
    .description("remove ended runs that exceed a limit; other runs can keep running")
    .option(
      "--older-than <duration>",
      "remove runs that ended longer ago than this, such as 30d, 12h or 1h30m",
    )
    .option("--keep <n>", "keep the newest N ended runs and remove the others", wholeNumber)
    .option(
      "--max-size <size>",
      "remove the oldest runs until the database fits this size, such as 500MB or 2GB",
    )
    .option(
      "--checkpoints <n>",
      "keep the newest N automatic checkpoints of each run",
      positiveInteger,
    )
    .option("--failed", "also remove failed runs, which could still be resumed")
    .option(
      "--vacuum",
      "rewrite the file without its free space; refused while a process owns a run",
    )
    .option("--dry-run", "report what would be removed, without removing it")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per run, and a summary as the last line")
    .addHelpText("after", () => gcHelp(io))
    .action(async (options) => done(await (await import("./commands/gc.js")).gc(io, options)));
}

function gcHelp({ stdout }: CliIo): string {
  const limits = ["--older-than", "30d", "--keep", "1000", "--max-size", "500MB"];
  return `
Every limit applies. A running or paused run is never removed, and a failed run,
which can be resumed, only with --failed. Without --vacuum the file does not
shrink: its free space is used for new data.
Example: ${commandText(axw("gc", ...limits, "--dry-run"), stdout.typedAxw)}`;
}
