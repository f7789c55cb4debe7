import { readFileSync, statSync, writeFileSync } from "node:fs";
import { fileProblem } from "@automatosx/workflow/checks";
import { pathArgument } from "../command.js";
import { shownPath } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderCoverage } from "../render/coverage.js";
import { junitReport, unreadReport } from "../render/junit.js";
import { type PlayedCase, renderCase, tallyLines } from "../render/played-cases.js";
import type { Case } from "../test-files/Case.js";
import { killsOf, pathIn } from "../test-files/chaos/kill-option.js";
import { Players } from "../test-files/chaos/Player.js";
import { Coverage, type FileCoverage } from "../test-files/coverage/Coverage.js";
import { countsOf, type PlayedSuite, playSuite } from "../test-files/play-suite.js";
import { readSuite, type SuiteOptions } from "../test-files/Suite.js";
import { sourceFiles } from "../test-files/source-files.js";
import { watchedFiles } from "../test-files/watch-files.js";
import { type Round, type Selection, watchSuite } from "../test-files/watch-suite.js";
import { UsageError } from "../UsageError.js";
import { pathOf } from "../workflow-file.js";

/** How many seeds a workflow file is played with, unless a number is given. */
const DEFAULT_SEEDS = 50;

export interface TestOptions extends SuiteOptions {
  /** How many seeds a workflow file is played with. */
  readonly seeds?: number;
  /** True, or the number of kills, or one of them: `after:7`. */
  readonly chaos?: boolean | string;
  /** The form of a report for other programs. */
  readonly reporter?: "junit";
  /** The file of that report; by default it is printed. */
  readonly output?: string;
  readonly watch?: boolean;
  /** Whether to report what no case reaches. */
  readonly coverage?: boolean;
  readonly json?: boolean;
}

/**
 * Plays the cases of test files, with scripted agents on a virtual clock, and reports how each
 * differs from what it expects. No agent of the workflow is called.
 */
export async function test(
  io: CliIo,
  names: readonly string[],
  options: TestOptions,
): Promise<ExitCode> {
  const { reporter, output, watch = false } = options;
  if (output !== undefined && reporter === undefined)
    throw new UsageError("--output names the file of a report, and no report is chosen.", {
      remedy: "Add `--reporter junit`.",
    });
  if (output !== undefined) refuseOtherFile(io, output);
  const player = new SuitePlayer(io, [...names, ...pathIn(options.chaos)], options);
  if (watch) return watchSuite(io, outFor(io, options), (selection) => player.play(selection));
  return (await player.play("all")).exitCode;
}

/** Plays the same files one or more times. */
class SuitePlayer {
  readonly #io: CliIo;
  readonly #names: readonly string[];
  readonly #options: TestOptions;
  /** The cases that failed when they were last played. */
  #failed: ReadonlySet<string> = new Set();

  constructor(io: CliIo, names: readonly string[], options: TestOptions) {
    this.#io = io;
    this.#names = names;
    this.#options = options;
  }

  async play(selection: Selection): Promise<Round> {
    const io = this.#io;
    const since = Date.now();
    const suite = readSuite(io, this.#names, this.#options);
    const testFiles = suite.files.map((name) => pathOf(io, name));
    const files = watchedFiles(sourceFiles(testFiles, suite.cases ?? []), since);
    if (suite.cases === undefined) {
      const { reporter, output } = this.#options;
      if (reporter !== undefined) writeReport(io, unreadReport(suite.broken), output);
      return { exitCode: ExitCode.invalid, files };
    }
    const again = suite.cases.filter((one) => this.#failed.has(keyOf(one)));
    const cases = selection === "failed" && again.length > 0 ? again : suite.cases;
    const { played, isInterrupted } = await playAndReport(io, cases, this.#options);
    const failed = played.filter(({ outcome }) => outcome === "failed");
    this.#failed = new Set(failed.map((one) => keyOf(one.case)));
    if (isInterrupted) return { exitCode: ExitCode.interrupted, files };
    return { exitCode: failed.length > 0 ? ExitCode.failed : ExitCode.ok, files };
  }
}

function keyOf({ file, id }: Case): string {
  return JSON.stringify([file, id]);
}

async function playAndReport(
  io: CliIo,
  cases: readonly Case[],
  options: TestOptions,
): Promise<PlayedSuite> {
  const { json = false, seed, seeds = DEFAULT_SEEDS, chaos, reporter, output } = options;
  using players = new Players(io.cwd);
  const kills = killsOf(chaos);
  const coverage = options.coverage === true ? new Coverage() : undefined;
  const playing = {
    coverage,
    seeds: seed === undefined ? { first: 1, count: seeds } : { first: seed, count: 1 },
    ...(kills !== undefined && { chaos: { players, ...kills } }),
  };
  const out = outFor(io, options);
  const suite = await playSuite(io, cases, playing, (played) => {
    if (json) io.stdout.json(caseAsJson(played));
    else for (const line of renderCase(out, played)) out.line(line);
  });
  const counts = countsOf(suite.played);
  const files = coverage?.files() ?? [];
  if (json) for (const file of files) io.stdout.json(coverageAsJson(io, file));
  for (const line of renderCoverage(out, files, (path) => shownPath(io, path))) out.line(line);
  if (json) io.stdout.json({ schemaVersion: SCHEMA_VERSION, type: "test_summary", ...counts });
  for (const line of tallyLines(counts)) out.line(line);
  if (reporter !== undefined) report(io, suite, output);
  return suite;
}

/** What is printed for other programs is alone on stdout. */
function outFor(io: CliIo, { json = false, reporter, output }: TestOptions): Output {
  return json || (reporter !== undefined && output === undefined) ? io.stderr : io.stdout;
}

function report(io: CliIo, { played }: PlayedSuite, output: string | undefined): void {
  writeReport(
    io,
    junitReport(played, (one) => renderCase(io.stderr, one)),
    output,
  );
}

/** How many bytes of a file show whether it is XML. */
const BEGINNING = 256;

/** Refuses to replace a file that is not a report: a mistyped path must not cost a workflow. */
function refuseOtherFile(io: CliIo, output: string): void {
  const path = pathOf(io, output);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  const beginning = readFileSync(path).subarray(0, BEGINNING).toString();
  if (/^\ufeff?\s*(?:<|$)/u.test(beginning)) return;
  throw new UsageError(`The file ${output} exists and is not XML: the report would replace it.`, {
    remedy: "Give another path, or remove the file.",
    next: next("read_file", "wrong_file", { file: pathArgument(output) }),
  });
}

function writeReport(io: CliIo, text: string, output: string | undefined): void {
  if (output === undefined) return io.stdout.write(text);
  try {
    writeFileSync(pathOf(io, output), text);
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new UsageError(`The report ${output} cannot be written: it ${problem.message}.`, {
      remedy: problem.remedy,
    });
  }
}

function coverageAsJson(io: CliIo, { workflow, pointCount, missed }: FileCoverage): object {
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "test_coverage",
    workflow: shownPath(io, workflow),
    points: pointCount,
    reached: pointCount - missed.length,
    missed,
  };
}

function caseAsJson({ case: one, durationMs: _, ...outcome }: PlayedCase): object {
  const { id, construct, title } = one;
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "test_case",
    id,
    ...(title !== undefined && { title }),
    ...outcome,
    construct: outcome.outcome === "not_yet" ? outcome.construct : (construct ?? null),
  };
}
