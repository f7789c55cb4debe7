import { type Command, Option } from "commander";
import { pathArgument } from "./command.js";
import type { CliIo } from "./io.js";
import { collect, collectPath, positiveInteger } from "./program-options.js";

/** Defines the commands that write a first workflow and that test workflows. `done` receives the exit code. */
export function addTestVerbs(program: Command, io: CliIo, done: (exitCode: number) => void): void {
  program
    .command("init")
    .description("write a first workflow, its agents and its tests")
    .argument("[folder]", "where to write them (default: this folder)", pathArgument, ".")
    .action(async (folder: string) =>
      done(await (await import("./commands/init.js")).init(io, folder)),
    );
  program
    .command("test")
    .description("play test files: workflows with scripted agents on a virtual clock")
    .argument(
      "[path...]",
      "test files (*.test.yaml, *.expect.json) and folders of them (default: this folder); a " +
        "workflow file is played with generated answers",
      collectPath,
    )
    .option("--index <file>", "JSON file with an index of cases")
    .option("--only <id>", "play only the case with this id; may be repeated", collect)
    .option("--construct <name>", "play only the cases about this construct")
    .option(
      "--seeds <n>",
      "how many sets of generated answers a workflow file is played with (default: 50)",
      positiveInteger,
    )
    .addOption(
      new Option("--seed <n>", "generate the answers from this seed only")
        .argParser(positiveInteger)
        .conflicts("seeds"),
    )
    .option(
      "--chaos [n]",
      "also kill the process of each case at each commit, or at N of them, continue in another, " +
        "and compare",
    )
    .option("--coverage", "also list what no case reaches: steps, conditions, rounds, answers")
    .option("--watch", "play the cases again whenever one of their files changes")
    .addOption(
      new Option("--reporter <form>", "also write a report that CI systems read").choices([
        "junit",
      ]),
    )
    .option("--output <file>", "the file of the report (default: stdout)")
    .option("--json", "print one JSON object per case, and a summary as the last line")
    .addHelpText("after", TEST_HELP)
    .action(async (paths: string[], options) =>
      done(await (await import("./commands/test.js")).test(io, paths, options)),
    );
}

const TEST_HELP = `
Each case runs the real engine on a database of its own. Its agents do what the
case says, no real agent is called, and hours of waiting take no time; programs
of run steps are started. Exit code 1 means that a case failed.`;
