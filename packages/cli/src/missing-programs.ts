import { readFileSync } from "node:fs";
import type { AgentEntry, AgentProblem } from "@automatosx/agents";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { ISSUE_KINDS, type PreparedWorkflow } from "@automatosx/workflow";
import {
  asError,
  IssueList,
  type Path,
  readJson,
  readYaml,
  SourceText,
  SourceTree,
} from "@automatosx/workflow/source";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { agentSteps, isStepLeft } from "./agent-steps.js";
import { shownPath } from "./database.js";
import { type FoundAgents, OWN_SOURCE } from "./FoundAgents.js";
import type { CliIo } from "./io.js";
import { type NextLine, next } from "./next/actions.js";
import { type Issue, renderIssue, tally } from "./render/error.js";
import { UsageError } from "./UsageError.js";
import { shownName } from "./workflow-file.js";

/** The text that defines agents, with its name in messages. */
export interface AgentText {
  readonly name: string;
  readonly text: string;
  readonly format: "yaml" | "json";
}

/** The agents of a workflow, and where they are defined. */
export interface ProgramSubject {
  readonly found: Pick<FoundAgents, "entries" | "file">;
  readonly definition: WorkflowDefinition;
  /** The workflow file; absent if a run is resumed. */
  readonly file?: string;
  readonly source?: Pick<PreparedWorkflow, "source" | "format">;
  /** The steps that may still run. By default, all. */
  readonly left?: ReadonlySet<string> | undefined;
}

/** An agent that a step needs and whose program, or folder, is missing. */
interface Missing {
  readonly entry: AgentEntry;
  readonly problem: AgentProblem;
  /** The first step that needs the agent, if each such step waits for one that may make it. */
  readonly before: string | undefined;
}

function missingIn({ found, definition, left }: ProgramSubject): Missing[] {
  const needed = agentSteps(definition).filter((step) => isStepLeft(step, left));
  const isLeft = new Set(needed.map(({ root }) => root.id));
  return [...found.entries].flatMap(([agentId, entry]) => {
    const { problem } = entry;
    const users = needed.filter((step) => step.agentId === agentId);
    const [first] = users;
    if (problem === undefined || first === undefined) return [];
    const mayAppear =
      problem.mayAppear &&
      users.every(({ root }) => root.dependencies.some((id) => isLeft.has(id)));
    return { entry, problem, before: mayAppear ? first.id : undefined };
  });
}

/**
 * Returns a warning for each agent whose program or folder is missing, at its place. An agent that
 * no file defines has no place, so it is omitted.
 */
export function programWarnings(io: CliIo, subject: ProgramSubject): Issue[] {
  return missingIn(subject).flatMap((missing) => issueOf(io, subject, missing, true) ?? []);
}

/** Like `programWarnings`, for every agent that an agents file defines. */
export function agentWarnings(text: AgentText, entries: readonly AgentEntry[]): Issue[] {
  return entries.flatMap((entry) => {
    const { problem } = entry;
    return problem === undefined ? [] : issueIn(text, { entry, problem, before: undefined }, true);
  });
}

/** Whether a start would be refused because a program is missing. */
export function isRefused(subject: Pick<ProgramSubject, "found" | "definition">): boolean {
  return missingIn(subject).some(({ before }) => before === undefined);
}

/**
 * Refuses to start steps whose programs are missing. A path that an earlier step may still create
 * is only a warning.
 *
 * @throws UsageError `unknown_agent`
 */
export function refuseMissingPrograms(io: CliIo, subject: ProgramSubject): void {
  const missing = missingIn(subject);
  const refused = missing.filter(({ before }) => before === undefined);
  for (const each of missing) {
    if (refused.includes(each)) continue;
    const issue = issueOf(io, subject, each, true);
    if (issue !== undefined)
      for (const line of renderIssue(io.stderr, issue.file ?? "", issue)) io.stderr.line(line);
  }
  const [first] = refused;
  if (first === undefined) return;
  const issues = refused.flatMap((each) => issueOf(io, subject, each, false) ?? []);
  const file = subject.file === undefined ? undefined : shownName(subject.file);
  const args = subject.file === undefined ? [] : [subject.file];
  const line = next("list_agents", "not_installed", { args });
  if (issues.length < refused.length) throw withoutPlace(subject, first, line);
  const name = issues[0]?.file ?? file ?? "";
  throw new UsageError(`${name} names programs that are missing: ${tally(issues)}.`, {
    code: "unknown_agent",
    remedy: "Fix the issues above.",
    next: line,
    file: name,
    issues,
  });
}

function withoutPlace(
  subject: ProgramSubject,
  { entry: { id, preset, program = preset, source, installHint }, problem }: Missing,
  line: NextLine,
): UsageError {
  const agent = `Agent \`${cleanLine(id)}\``;
  const [message, remedy] =
    problem.key === "preset"
      ? [
          `${agent} uses the preset ${preset} (${source}), but the program \`${program}\` is not ` +
            "installed.",
          `${installHint ?? problem.remedy}, or choose another preset.`,
        ]
      : [
          `${agent} (${source}) cannot run: ${problem.message}.`,
          subject.file === undefined && source === OWN_SOURCE
            ? remedyForStored(problem)
            : `${problem.remedy}.`,
        ];
  return new UsageError(message, {
    code: "unknown_agent",
    remedy: `${remedy[0]?.toUpperCase() ?? ""}${remedy.slice(1)}`,
    next: line,
  });
}

// A stored run keeps its definition, so correcting the workflow file would change nothing.
function remedyForStored({ key, remedy }: AgentProblem): string {
  const other = remedy.replace(
    ` or correct \`${key}\``,
    " or pass an agents file with --agents FILE",
  );
  return `${other}.\n       A change of the workflow file has no effect on a run that exists.`;
}

function issueOf(
  io: CliIo,
  subject: ProgramSubject,
  missing: Missing,
  isWarning: boolean,
): Issue | undefined {
  const text = textOf(io, subject, missing.entry);
  return text === undefined ? undefined : issueIn(text, missing, isWarning)[0];
}

/** The issue at the place of the program, or none if the text cannot be read again. */
function issueIn(
  { name, text, format }: AgentText,
  { entry, problem, before }: Missing,
  isWarning: boolean,
): Issue[] {
  const issues = new IssueList(new SourceText(text));
  const root = format === "json" ? readJson(issues) : readYaml(issues);
  if (root === undefined) return [];
  const path: Path = ["agents", entry.id, problem.key, ...(problem.key === "command" ? [0] : [])];
  const { missingProgram } = ISSUE_KINDS;
  const kind = isWarning ? missingProgram : asError(missingProgram);
  const remedy =
    before === undefined
      ? problem.remedy
      : `make sure that a step before \`${before}\` creates it, or correct \`${problem.key}\``;
  const yet = before === undefined ? "" : " yet";
  const message = `the agent \`${entry.id}\` cannot run: ${problem.message}${yet}`;
  issues.add(kind, path, new SourceTree(() => root).locate(path), message, remedy);
  return issues.all
    .filter(({ code }) => code === kind.code)
    .map((each) => ({ ...each, file: name }));
}

/** The text that defines an agent, unless it comes from the command line. */
function textOf(
  io: CliIo,
  { found, file, source }: ProgramSubject,
  entry: AgentEntry,
): AgentText | undefined {
  if (entry.source === OWN_SOURCE)
    return source && { name: shownName(file ?? ""), text: source.source, format: source.format };
  if (found.file === undefined || entry.source !== shownPath(io, found.file)) return undefined;
  try {
    const text = readFileSync(found.file, "utf8");
    return { name: entry.source, text, format: "yaml" };
  } catch {
    // A pipe cannot be read again.
    return undefined;
  }
}
