import type { AgentRegistry } from "@automatosx/agents";
import { type DefinitionIssue, ISSUE_KINDS, type PreparedWorkflow } from "@automatosx/workflow";
import { cleanLine, cleanText } from "@automatosx/workflow/terminal-text";
import { STDIN } from "../command.js";
import { ExitCode } from "../exit-codes.js";
import type { FixedFile } from "../fix-file.js";
import { type CliIo, messages } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { type Issue, renderIssue, renderNext, tally } from "../render/error.js";
import { count } from "../render/words.js";
import { isRegular } from "../run-place.js";
import { UsageError } from "../UsageError.js";
import { agentsFileAt, checkFile, pathOf, shownName } from "../workflow-file.js";

/** What a file is, and every issue in it. */
interface Checked {
  readonly issues: readonly Issue[];
  /** What the file contains, in a few words and as JSON; absent if it is not valid. */
  readonly content?: { readonly words: string; readonly json: object };
  /** The command to type next if the file is not valid. By default, it is validated again. */
  readonly again?: NextLine;
}

/** What to do with the files besides checking them. */
interface ValidateOptions {
  readonly json?: boolean;
  /** Make the safe fixes, then check again. */
  readonly fix?: boolean;
  /** Print the safe fixes as a diff, and write nothing. */
  readonly dryRun?: boolean;
  /** The folder that all files of a workflow are in. */
  readonly root?: string;
}

/**
 * Checks every file and reports all issues, as lines or as one JSON object per file. A file that
 * cannot be read has one issue, and the others are checked as well. With `fix`, the issues are
 * those that are left.
 */
export async function validate(
  io: CliIo,
  files: readonly string[],
  options: ValidateOptions,
): Promise<ExitCode> {
  const isJson = options.json === true;
  const all: Issue[] = [];
  let invalid: NextLine | undefined;
  for (const name of files) {
    const fixed = await fixOne(io, name, options);
    const checked = await checkOne(io, name, {
      isOnly: files.length === 1 && !isJson,
      root: options.root,
    });
    const { issues, content } = checked;
    all.push(...issues);
    if (content === undefined) invalid ??= nextOfInvalid(name, checked);
    if (isJson)
      io.stdout.json({
        schemaVersion: SCHEMA_VERSION,
        file: shownName(name),
        valid: content !== undefined,
        ...content?.json,
        ...(options.fix === true && { fixed: fixed?.applied ?? [] }),
        issues,
      });
    else {
      if (fixed !== undefined) await renderFixes(io, shownName(name), fixed, options);
      renderFile(io, shownName(name), checked);
    }
  }
  const out = isJson ? io.stderr : io.stdout;
  if (all.length > 0) out.line(`${tally(all)} in ${count(files.length, "file")}`);
  renderNext(messages(io, options), invalid ?? (await nextOf(io, files)));
  return invalid === undefined ? ExitCode.ok : ExitCode.invalid;
}

async function fixOne(
  io: CliIo,
  name: string,
  { fix, dryRun = false }: ValidateOptions,
): Promise<FixedFile | undefined> {
  if (fix !== true) return undefined;
  return (await import("../fix-file.js")).fixFile(io, name, { dryRun });
}

/** If a safe fix is known, the command that makes it; else the same command after the fixing. */
function nextOfInvalid(name: string, { issues, again }: Checked): NextLine {
  if (again !== undefined) return again;
  const isFixable = name !== STDIN && issues.some(({ fix }) => fix?.safe === true);
  return isFixable
    ? next("fix_workflow", "fixable", { file: name })
    : next("validate_again", "invalid", { file: name });
}

async function renderFixes(
  { stdout }: CliIo,
  name: string,
  { applied, before, after }: FixedFile,
  { dryRun }: ValidateOptions,
): Promise<void> {
  const word = dryRun === true ? "would fix" : "fixed";
  for (const { line, column, code, title } of applied)
    stdout.line(
      `${cleanLine(name)}:${line}:${column}  ${stdout.paint("green", word)}  ${code}  ` +
        cleanLine(title),
    );
  if (dryRun !== true) return;
  const { lineDiff } = await import("../render/line-diff.js");
  for (const line of lineDiff(before, after)) stdout.line(`    ${cleanText(line)}`);
}

function renderFile({ stdout }: CliIo, name: string, { issues, content }: Checked): void {
  for (const issue of issues)
    for (const line of renderIssue(stdout, name, issue)) stdout.line(line);
  if (content !== undefined)
    stdout.line(`${cleanLine(name)}: ${stdout.paint("green", "valid")}  ${content.words}`);
}

/** A single file that cannot be read is a mistyped command, so its error is thrown. */
async function checkOne(
  io: CliIo,
  name: string,
  { isOnly, root }: { readonly isOnly: boolean; readonly root: string | undefined },
): Promise<Checked> {
  try {
    const checked = await checkFile(io, name, root);
    if (checked.ok) return ofWorkflow(io, name, checked.workflow, checked.issues);
    const text = await agentsFileAt(io, name);
    return text === undefined ? { issues: checked.issues } : await ofAgentsFile(io, name, text);
  } catch (error) {
    if (isOnly || !(error instanceof UsageError)) throw error;
    const { unreadableFile } = ISSUE_KINDS;
    const issue: DefinitionIssue = {
      code: unreadableFile.code,
      severity: "error",
      message: asPredicate(error.message),
      remedy: asPredicate(error.remedy ?? unreadableFile.remedy),
      path: [],
      line: 1,
      column: 1,
    };
    return { issues: [issue], ...(error.next !== undefined && { again: error.next }) };
  }
}

async function ofWorkflow(
  io: CliIo,
  name: string,
  workflow: PreparedWorkflow,
  issues: readonly Issue[],
): Promise<Checked> {
  const { id, version, steps } = workflow.definition;
  const { warningsOfWorkflow } = await import("../program-warnings.js");
  return {
    issues: [...issues, ...(await warningsOfWorkflow(io, name, workflow))],
    content: {
      words: `${cleanLine(id)} ${cleanLine(version)}, ${count(steps.length, "step")}`,
      json: { kind: "workflow", workflowId: id },
    },
  };
}

async function ofAgentsFile(io: CliIo, name: string, text: string): Promise<Checked> {
  const { checkAgentsFile } = await import("@automatosx/agents");
  const { warningsOfAgents } = await import("../program-warnings.js");
  const { registry, issues } = checkAgentsFile(text, pathOf(io, name));
  if (registry === undefined) return { issues };
  return {
    issues: [...issues, ...warningsOfAgents(io, name, text, registry)],
    content: {
      words: `agents file, ${count(idsOf(registry).length, "agent")}`,
      json: { kind: "agents", agentIds: idsOf(registry) },
    },
  };
}

function idsOf(registry: AgentRegistry): string[] {
  return [...registry].map(([id]) => id);
}

/** After valid files: the plan of the first workflow. */
async function nextOf(io: CliIo, files: readonly string[]): Promise<NextLine> {
  for (const name of files)
    if ((await agentsFileAt(io, name)) === undefined)
      return next("plan_workflow", "valid", {
        file: name === STDIN || isRegular(pathOf(io, name)) ? name : "FILE",
      });
  return next("run_with_agents_file", "agents_file", { file: files[0] ?? "FILE" });
}

/** An issue is worded without a capital letter and a full stop. */
function asPredicate(sentence: string): string {
  return `${sentence[0]?.toLowerCase() ?? ""}${sentence.slice(1).replace(/\.$/, "")}`;
}
