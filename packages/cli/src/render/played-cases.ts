import { cleanLine } from "@automatosx/workflow/terminal-text";
import { axw, commandText } from "../command.js";
import { type Output, safeJson } from "../Output.js";
import type { Case } from "../test-files/Case.js";
import type { Mismatch } from "../test-files/compare.js";
import type { CaseOutcome } from "../test-files/play-case.js";
import { count } from "./words.js";

/** A case, and how it went. */
export type PlayedCase = CaseOutcome & {
  readonly case: Case;
  /** How long it took, in ms of real time. */
  readonly durationMs: number;
};

/** How much of a value is shown, in characters. */
const MAX_VALUE_CHARS = 2_000;

/** How many generated answers are shown, the last ones. */
const MAX_ANSWERS = 20;

/** How many kills are shown in full, and how many differences of each. */
const MAX_KILLS = 10;
const MAX_KILL_MISMATCHES = 10;

const INDENT = " ".repeat(8);

/** Returns the lines about one case: its name, and each difference from what it expects. */
export function renderCase(out: Output, { case: one, ...outcome }: PlayedCase): string[] {
  const id = cleanLine(one.id);
  switch (outcome.outcome) {
    case "passed":
      return [`${out.paint("green", "passed")}  ${id}${repeatsOf(outcome)}`];
    case "not_yet":
      return [`not yet: ${id} (${cleanLine(outcome.construct)})`];
    case "failed": {
      const title = one.title === undefined ? "" : `  ${cleanLine(one.title)}`;
      return [
        `${out.paint("red", "failed")}  ${id}${title}`,
        ...outcome.mismatches.flatMap(renderMismatch),
        ...renderSeed(out, one, outcome),
        ...renderKills(out, one, outcome),
      ];
    }
  }
}

type Passed = Extract<CaseOutcome, { readonly outcome: "passed" }>;
type Failed = Extract<CaseOutcome, { readonly outcome: "failed" }>;

function repeatsOf({ seedCount, killCount }: Passed): string {
  const repeats = [
    ...(seedCount === undefined ? [] : [count(seedCount, "seed")]),
    ...(killCount === undefined ? [] : [count(killCount, "kill")]),
  ];
  return repeats.length === 0 ? "" : `  (${repeats.join(", ")})`;
}

/** The kills after which a case went differently, and the command that repeats each. */
function renderKills(
  out: Output,
  { id, playArgs = [], isGenerated = false, seed = 1 }: Case,
  { brokenKills = [], killCount = 0 }: Failed,
): string[] {
  const shownKills = brokenKills.slice(0, MAX_KILLS);
  const lines = shownKills.flatMap(({ point, entries, lost, mismatches }) => {
    const { commit, moment } = point;
    const only = isGenerated ? ["--seed", String(seed)] : ["--only", id];
    const command = axw("test", ...playArgs, ...only, "--chaos", `${moment}:${commit}`);
    const inFlight = lost.length === 0 ? "" : `; in flight: ${lost.join(", ")}`;
    return [
      cleanLine(`killed ${moment} commit ${commit} (${entries.join(", ")})${inFlight}`),
      ...mismatches
        .slice(0, MAX_KILL_MISMATCHES)
        .flatMap((mismatch) =>
          renderMismatch(mismatch).map((line) => line.slice(INDENT.length - 2)),
        ),
      `  to play only it: ${commandText(command, out.typedAxw)}`,
    ].map((line) => `${INDENT}${line}`);
  });
  if (brokenKills.length === 0) return [];
  return [
    ...lines,
    `${INDENT}${brokenKills.length} of ${count(killCount, "kill")} changed the run`,
  ];
}

/** What was generated for a seed that breaks a promise, and the command that plays it again. */
function renderSeed(out: Output, { playArgs = [] }: Case, { brokenSeed }: Failed): string[] {
  if (brokenSeed === undefined) return [];
  const { seed, inputs, answers } = brokenSeed;
  const last = answers.slice(-MAX_ANSWERS);
  const left = answers.length - last.length;
  const command = axw("test", ...playArgs, "--seed", String(seed));
  return [
    ...Object.entries(inputs).map(
      ([name, value]) => `${INDENT}input   ${cleanLine(name)} = ${shown(value)}`,
    ),
    ...(left > 0 ? [`${INDENT}${count(left, "earlier answer")} left out`] : []),
    ...last.map(({ stepId, result }) => `${INDENT}answer  ${cleanLine(stepId)} = ${shown(result)}`),
    `${INDENT}seed ${seed}; to play only it: ${commandText(command, out.typedAxw)}`,
  ];
}

function renderMismatch({ at, expected, found }: Mismatch): string[] {
  return [
    `${INDENT}${cleanLine(at)}`,
    `${INDENT}  expected  ${shown(expected)}`,
    `${INDENT}  found     ${shown(found)}`,
  ];
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = cleanLine(safeJson(value));
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS - 1)}…` : text;
}

/** Returns the last lines of a report. */
export function tallyLines({
  passed,
  failed,
  notYet,
}: {
  readonly passed: number;
  readonly failed: number;
  readonly notYet: number;
}): string[] {
  return [
    ...(notYet > 0 ? [`${notYet} not yet in this version`] : []),
    `${passed} passed, ${failed} failed`,
  ];
}
