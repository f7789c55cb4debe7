import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { type PlayedCase, renderCase, tallyLines } from "../render/played-cases.js";
import { killsOf, pathIn } from "../test-files/chaos/kill-option.js";
import { Players } from "../test-files/chaos/Player.js";
import { countsOf, type PlayedSuite, playSuite } from "../test-files/play-suite.js";
import { readSuite, type Suite, type SuiteOptions } from "../test-files/Suite.js";

/** How many seeds a workflow file is played with, unless a number is given. */
const DEFAULT_SEEDS = 50;

export interface TestOptions extends SuiteOptions {
  /** How many seeds a workflow file is played with. */
  readonly seeds?: number;
  /** True, or the number of kills, or one of them: `after:7`. */
  readonly chaos?: boolean | string;
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
  const suite = readSuite(io, [...names, ...pathIn(options.chaos)], options);
  if (suite === undefined) return ExitCode.invalid;
  const { isInterrupted, played } = await playAndReport(io, suite, options);
  if (isInterrupted) return ExitCode.interrupted;
  return countsOf(played).failed > 0 ? ExitCode.failed : ExitCode.ok;
}

async function playAndReport(
  io: CliIo,
  { cases }: Suite,
  { json = false, seed, seeds = DEFAULT_SEEDS, chaos }: TestOptions,
): Promise<PlayedSuite> {
  const chosen = seed === undefined ? { first: 1, count: seeds } : { first: seed, count: 1 };
  using players = new Players(io.cwd);
  const kills = killsOf(chaos);
  const playing = {
    seeds: chosen,
    ...(kills !== undefined && { chaos: { players, ...kills } }),
  };
  const suite = await playSuite(io, cases, playing, (played) => {
    if (json) io.stdout.json(caseAsJson(played));
    else for (const line of renderCase(io.stdout, played)) io.stdout.line(line);
  });
  const counts = countsOf(suite.played);
  if (json) io.stdout.json({ schemaVersion: SCHEMA_VERSION, type: "test_summary", ...counts });
  const out = json ? io.stderr : io.stdout;
  for (const line of tallyLines(counts)) out.line(line);
  return suite;
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
