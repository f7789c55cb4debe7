import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import { HARD_MAX_STEPS, MAX_STEPS } from "@automatosx/schemas";
import type { DependencyNode, DependencyProblem } from "../core/dependency-graph.js";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import type { DefinitionIssue } from "../errors.js";
import { WorkflowError } from "../errors.js";
import type { DefinitionFormat, ParseOutcome } from "./check-definition.js";
import { checkData, checkDefinition } from "./check-definition.js";
import { MAX_DEFINITION_BYTES } from "./definition-limits.js";
import { formatIssues } from "./format-issues.js";
import { describeCycle } from "./graph-issues.js";
import { IssueList } from "./IssueList.js";
import type { IssueName } from "./issue-codes.js";
import { quoted, SourceText } from "./SourceText.js";
import { writeAsJson } from "./write-as-json.js";

export interface WorkflowParserOptions {
  /** Steps that a definition handed over as an object may have: 10,000 when not given, 100,000 at most. Text may have 10,000. */
  readonly maxSteps?: number;
  /** What messages call the definition; for example its path. */
  readonly file?: string;
}

/**
 * Reads workflow definitions: text or objects in, the normalised definition or all located issues out. Keeps nothing
 * between calls.
 *
 * `new WorkflowParser().parse("name: hello\nsteps: [{id: a, agentId: b, task: Say hello}]", "yaml").steps.length === 1`
 */
export class WorkflowParser {
  readonly #maxSteps: number;
  readonly #file: string | undefined;

  constructor(options: WorkflowParserOptions = {}) {
    this.#maxSteps = Math.min(options.maxSteps ?? MAX_STEPS, HARD_MAX_STEPS);
    this.#file = options.file;
  }

  /** The normalised definition. Throws a `WorkflowError` `invalid_definition` that holds every issue and prints them. */
  parse(source: string | object, format: DefinitionFormat = "yaml"): WorkflowDefinition {
    return orThrow(this.check(source, format), this.#file);
  }

  /** Like `parse`, by the file's extension: `.json`, `.yaml` or `.yml`. Messages name the path. */
  async parseFile(path: string): Promise<WorkflowDefinition> {
    return orThrow(await this.checkFile(path), path);
  }

  /** The definition with its graph and warnings, or every issue. Never throws. `format` is that of text. */
  check(source: string | object, format: DefinitionFormat = "yaml"): ParseOutcome {
    try {
      if (typeof source === "string")
        return checkDefinition(source, format, { maxSteps: Math.min(this.#maxSteps, MAX_STEPS) });
      const json = writeAsJson(source);
      if (!json.ok) return refusal(json.reason === "deep" ? "tooDeep" : "notJson", json.message);
      return checkData(json.text, this.#maxSteps);
    } catch (error) {
      return refusal(
        format === "json" ? "invalidJson" : "invalidYaml",
        `this text could not be read: ${String(error).slice(0, 200)}`,
      );
    }
  }

  /** Like `check`, by the file's extension. A file that cannot be read is an issue too. */
  async checkFile(path: string): Promise<ParseOutcome> {
    const format = formatOf(path);
    if (!format)
      return refusal(
        "unreadableFile",
        `${quoted(path)} is neither YAML nor JSON`,
        "name the file `.yaml`, `.yml` or `.json`",
      );
    try {
      const { size } = await statFile(path);
      if (size > MAX_DEFINITION_BYTES)
        return refusal(
          "tooLarge",
          `the file has ${size} bytes, at most ${MAX_DEFINITION_BYTES} are allowed`,
        );
      const bytes = await readFile(path);
      const text = new TextDecoder("utf-8").decode(bytes);
      return isUtf8(bytes) ? this.check(text, format) : badEncoding(text);
    } catch (error) {
      return refusal("unreadableFile", reasonOf(error, path));
    }
  }

  /** Every issue of a definition, warnings included; empty when all is well. */
  validate(source: string | object, format: DefinitionFormat = "yaml"): readonly DefinitionIssue[] {
    const outcome = this.check(source, format);
    return outcome.ok ? outcome.warnings : outcome.issues;
  }

  /** The graph of steps that come from anywhere. Throws a `WorkflowError` `invalid_definition` that names every problem. */
  buildDependencyGraph(steps: readonly DependencyNode[]): DependencyGraph {
    const outcome = buildDependencyGraph(steps);
    if (outcome.ok) return outcome.graph;
    throw new WorkflowError(
      "invalid_definition",
      outcome.problems.map(describeProblem).join("\n"),
      {
        remedy: "correct the dependencies that are named",
      },
    );
  }
}

/** The definition of an outcome, or its issues as an error. @internal */
export function orThrow(outcome: ParseOutcome, file?: string): WorkflowDefinition {
  if (outcome.ok) return outcome.definition;
  const remedy = outcome.issues.find(({ severity }) => severity === "error")?.remedy;
  throw new WorkflowError("invalid_definition", formatIssues(outcome.issues, file), {
    issues: outcome.issues,
    ...(remedy !== undefined && { remedy }),
  });
}

/** An issue of the definition as a whole, at its first character. */
function refusal(name: IssueName, message: string, remedy?: string): ParseOutcome {
  const issues = new IssueList(new SourceText(""));
  issues.add(name, [], [0, 0], message, remedy);
  return { ok: false, issues: issues.all };
}

function formatOf(path: string): DefinitionFormat | undefined {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return "json";
  return extension === ".yaml" || extension === ".yml" ? "yaml" : undefined;
}

async function statFile(path: string): Promise<{ readonly size: number }> {
  const found = await stat(path);
  // A device or a pipe has no size that could be checked before it is read.
  if (!found.isFile()) throw new Error("not a file");
  return found;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function badEncoding(text: string): ParseOutcome {
  const issues = new IssueList(new SourceText(text));
  const at = Math.max(0, text.indexOf("\ufffd"));
  issues.add("badCharacter", [], [at, at + 1], "the file is not UTF-8", "save the file as UTF-8");
  return { ok: false, issues: issues.all };
}

function reasonOf(error: unknown, path: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return `there is no file ${quoted(path)}`;
  if (code === "EACCES") return `the file ${quoted(path)} may not be read`;
  return `the file ${quoted(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function describeProblem(problem: DependencyProblem): string {
  switch (problem.type) {
    case "duplicate_step":
      return `two steps have the id ${quoted(problem.stepId)}`;
    case "unknown_dependency":
      return `${quoted(problem.stepId)} waits for ${quoted(problem.dependency)}, which is no step`;
    case "self_dependency":
      return `${quoted(problem.stepId)} waits for itself`;
    case "cycle":
      return `these steps wait for each other: ${describeCycle(problem.path)}`;
  }
}
