import {
  type DefinitionIssue,
  type PrepareOutcome,
  WorkflowError,
  WorkflowParser,
} from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import type { Action, Case } from "./Case.js";
import { type BrokenKill, type ChaosOptions, playChaos } from "./chaos/play-chaos.js";
import { compare, type Mismatch } from "./compare.js";
import { compareIssues } from "./compare-issues.js";
import type { Coverage } from "./coverage/Coverage.js";
import { type BrokenSeed, playSeed } from "./generate/play-generated.js";
import { missingConstruct } from "./not-yet.js";
import { Stage } from "./Stage.js";

/** How a case went. */
export type CaseOutcome =
  | {
      readonly outcome: "passed";
      /** How many seeds a workflow was played with. */
      readonly seedCount?: number;
      /** How often its process was killed. */
      readonly killCount?: number;
    }
  | {
      readonly outcome: "failed";
      readonly mismatches: readonly Mismatch[];
      /** The first seed whose answers break a promise, and those answers. */
      readonly brokenSeed?: Omit<BrokenSeed, "mismatches">;
      /** The kills after which it went differently. */
      readonly brokenKills?: readonly BrokenKill[];
      readonly killCount?: number;
      readonly seedCount?: number;
    }
  /** This version does not have the construct. */
  | { readonly outcome: "not_yet"; readonly construct: string };

export interface PlayOptions {
  /** The seeds that a workflow without a case is played with. */
  readonly seeds: { readonly first: number; readonly count: number };
  /** The kills that a case is played with as well. */
  readonly chaos?: ChaosOptions | undefined;
  /** Receives what the case reaches. */
  readonly coverage?: Coverage | undefined;
}

/** Plays a case. `directory`: the folder in which programs run. Never throws. */
export async function playCase(
  played: Case,
  directory: string,
  options: PlayOptions,
): Promise<CaseOutcome> {
  try {
    using stage = new Stage(played, directory);
    const workflow = stage.placed(played.workflow);
    const outcome = await new WorkflowParser().checkFile(workflow);
    const missing = missingConstruct(outcome.issues);
    if (missing !== undefined) return { outcome: "not_yet", construct: missing };
    if (played.isGenerated === true)
      return await playSeeds(played, { directory, prepared: outcome, ...options });
    const mismatches =
      played.issues === undefined
        ? await playActions(played, stage, outcome)
        : compareIssues(played.issues, outcome.issues, workflow);
    if (outcome.ok)
      options.coverage?.add(played.workflow, outcome.workflow.definition, stage.events());
    if (mismatches.length > 0) return { outcome: "failed", mismatches };
    if (options.chaos === undefined || played.issues !== undefined) return { outcome: "passed" };
    return await underChaos(played, directory, options.chaos);
  } catch (error) {
    return {
      outcome: "failed",
      mismatches: [{ at: "case", expected: "a case that can be played", found: messageOf(error) }],
    };
  }
}

async function underChaos(
  played: Case,
  directory: string,
  chaos: ChaosOptions,
): Promise<Exclude<CaseOutcome, { readonly outcome: "not_yet" }>> {
  const { killCount, broken } = await playChaos(played, directory, chaos);
  if (broken.length === 0) return { outcome: "passed", killCount };
  return { outcome: "failed", mismatches: [], brokenKills: broken, killCount };
}

/**
 * Plays a workflow with one seed after the other, up to the first that breaks a promise. The kills
 * are those of the first seed.
 */
async function playSeeds(
  one: Case,
  {
    directory,
    prepared,
    seeds: { first, count },
    coverage,
    chaos,
  }: PlayOptions & { readonly directory: string; readonly prepared: PrepareOutcome },
): Promise<CaseOutcome> {
  if (!prepared.ok) return { outcome: "failed", mismatches: [invalidWorkflow(prepared.issues)] };
  let firstCase: Case | undefined;
  for (let seed = first; seed < first + count; seed += 1) {
    const played = await playSeed(prepared.workflow, one, { directory, seed, coverage });
    if (played.broken !== undefined) {
      const { mismatches, ...brokenSeed } = played.broken;
      return { outcome: "failed", mismatches, brokenSeed };
    }
    if (seed === first) firstCase = played.repeats;
  }
  if (chaos === undefined || firstCase === undefined)
    return { outcome: "passed", seedCount: count };
  return { ...(await underChaos(firstCase, directory, chaos)), seedCount: count };
}

async function playActions(
  played: Case,
  stage: Stage,
  prepared: PrepareOutcome,
): Promise<Mismatch[]> {
  if (!prepared.ok) return [invalidWorkflow(prepared.issues)];
  const mismatches: Mismatch[] = [];
  for (const [index, action] of played.actions.entries()) {
    const at = `do[${index}]`;
    const problem = await perform(action, stage, prepared.workflow, at);
    if (problem !== undefined) return [...mismatches, problem];
    if (action.expect !== undefined)
      mismatches.push(...compare(action.expect, stage, `${at}.expect`));
  }
  mismatches.push(...compare(played.expected, stage, "expect"));
  for (const agentId of stage.cast.unknownAgents)
    mismatches.push({
      at: `agents.${agentId}`,
      expected: "a behaviour, since the agent is launched",
      found: undefined,
    });
  return mismatches;
}

async function perform(
  action: Action,
  stage: Stage,
  workflow: Parameters<Stage["perform"]>[1],
  at: string,
): Promise<Mismatch | undefined> {
  const { refused } = action;
  const before = stage.facts()?.journalSeq;
  try {
    await stage.perform(action, workflow);
  } catch (error) {
    const code = error instanceof WorkflowError ? error.code : undefined;
    const found = code === undefined ? messageOf(error) : `${code}: ${messageOf(error)}`;
    if (refused === undefined) return { at, expected: "an action that is accepted", found };
    const codes = [code, ...issuesOf(error).map((issue) => issue.code)];
    if (!codes.includes(refused)) return { at: `${at}.refused`, expected: refused, found };
    const after = stage.facts()?.journalSeq;
    return before === after
      ? undefined
      : { at: `${at}.refused`, expected: "no change of the run", found: "the run has changed" };
  }
  return refused === undefined
    ? undefined
    : { at: `${at}.refused`, expected: refused, found: "the action was accepted" };
}

/** A refused start may name the code of an issue: a secret that the host lacks is AXW1629. */
function issuesOf(error: unknown): readonly DefinitionIssue[] {
  return error instanceof WorkflowError ? error.issues : [];
}

function invalidWorkflow(issues: readonly DefinitionIssue[]): Mismatch {
  return { at: "workflow", expected: "a valid workflow", found: errorsOf(issues) };
}

function errorsOf(issues: readonly DefinitionIssue[]): string {
  return issues
    .filter(({ severity }) => severity === "error")
    .map(({ file, line, column, code, message }) => {
      const place = file === undefined ? "" : `${file}:`;
      return `${place}${line}:${column} ${code} ${message}`;
    })
    .join("; ");
}
