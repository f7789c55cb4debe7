import type { Command } from "commander";
import type { CliIo } from "./io.js";
import { backendOption, dbOption, wholeNumber } from "./program-options.js";

/* The commands about backends and their workers. */

/** Receives the exit code. */
type Done = (exitCode: number) => void;

const DEFAULT_RUNS = 20;
const DEFAULT_DRAIN = "10m";

export function addWorker(program: Command, io: CliIo, done: Done): void {
  program
    .command("worker")
    .description("perform runs and attempts of a backend, until a signal ends it")
    .option(
      "--agents <preset|file>",
      "the agents that this worker serves (default: agents.yaml in the current folder)",
    )
    .option("--slots <agent=n,…>", "how many attempts of an agent at once (default: 4)")
    .option(
      "--max-concurrent <agent=n,…>",
      "PostgreSQL: how many attempts of an agent at once by all workers; give all the same",
    )
    .option(
      "--runs <n>",
      "how many runs to decide at once; 0 to perform attempts only",
      wholeNumber,
      DEFAULT_RUNS,
    )
    .option(
      "--drain <duration>",
      "how long running work may take after the first signal",
      DEFAULT_DRAIN,
    )
    .option("--allow-file-agents", "also run the programs and agents of workflow files")
    .option("--listen <host:port>", "Restate: where to listen (default: 127.0.0.1:9080)")
    .option("--advertise <url>", "Restate: the URL under which its server reaches this worker")
    .option("--register", "Restate: register this worker with the server")
    .option("--replace <url>", "Restate: continue the work of a worker that never returns")
    .option("--sink <url>", "Restate: the database for rows and logs, which all workers share")
    .option(
      "--artifacts <dir>",
      "Restate: the folder for large results, which all workers share (default: .ax/artifacts)",
    )
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per line")
    .addHelpText("after", WORKER_HELP)
    .action(async (options) =>
      done(await (await import("./commands/worker.js")).worker(io, options)),
    );
}

export function addBackend(program: Command, io: CliIo, done: Done): void {
  program
    .command("backend")
    .description("check a backend and its workers")
    .command("check")
    .description("check that a backend answers, and which agents its workers serve")
    .argument("[url]", "the backend (default: that of --backend or AXW_BACKEND, else the database)")
    .addOption(dbOption())
    .addOption(backendOption())
    .option("--json", "print one JSON object per line")
    .action(async (url: string | undefined, options) =>
      done(await (await import("./commands/backend-check.js")).backendCheck(io, url, options)),
    );
}

const WORKER_HELP = `
With postgres://…, the worker decides runs and performs attempts that the runs
of all workers have put into a queue. With restate://…, it serves the server,
which must reach it: for a server on another machine, pass --listen 0.0.0.0:9080
and --advertise http://HOST:9080. With sqlite:PATH, it performs the runs of the file.
SIGTERM or Ctrl-C drains the worker: it takes nothing more, and waits for what is
in progress; a second signal stops its agents. Other workers continue the rest.
Give the password of a database in AXW_BACKEND, PGPASSWORD or ~/.pgpass, not in a
flag. \`run\` steps and agents of workflow files are refused, because everyone who
can start a run could run programs here, unless --allow-file-agents is given.`;
