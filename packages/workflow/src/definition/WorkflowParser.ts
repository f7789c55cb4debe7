import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import { MAX_STEPS } from "@automatosx/schemas/written";
import { quoted } from "@automatosx/source";
import { checkOptions, type OptionChecks } from "../checks/check-options.js";
import { callable, limit, oneOf, path, text } from "../checks/option-checks.js";
import type { DependencyNode, DependencyProblem } from "../core/dependency-graph.js";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import { omitUndefined } from "../core/omit-undefined.js";
import type { DefinitionIssue } from "../errors.js";
import { WorkflowError } from "../errors.js";
import { describeCycle } from "./check-graph.js";
import type { WorkflowFormat } from "./PreparedWorkflow.js";
import {
  type PrepareOptions,
  type PrepareOutcome,
  preparedOrThrow,
  tryPrepare,
  tryPrepareFile,
} from "./prepare-workflow.js";
import type { FileReader } from "./read-definition-file.js";

/** Limits on the definitions that a parser accepts. */
export interface WorkflowParserOptions {
  /**
   * Maximum number of steps in a definition passed as data: 10,000 by default, and up to 100,000.
   * In text, the maximum is 10,000.
   */
  readonly maxSteps?: number;
  /** The definition's name in messages; for example its path. */
  readonly file?: string;
  /** Reads the files for `parseFile` and `checkFile`; by default from disk. */
  readonly readFile?: FileReader;
  /**
   * The folder that paths in a workflow are relative to, such as `include` and `task: { file: … }`.
   * For a file, it is by default the folder of the file.
   */
  readonly base?: string;
  /** The folder outside of which no file is read. By default `base`. */
  readonly root?: string;
}

const formatCheck = oneOf("yaml", "json");

const PARSER_CHECKS: OptionChecks<WorkflowParserOptions> = {
  maxSteps: limit,
  file: text,
  readFile: callable,
  base: path,
  root: path,
};

/**
 * Reads workflow definitions: takes text or data, and returns the normalised definition or all
 * issues with their locations. It keeps no state between calls. `prepareWorkflow` returns more: a
 * value that an engine can start.
 *
 * `new WorkflowParser().parse("name: hello\nsteps: [{id: a, agentId: b, task: Say hello}]").steps`
 */
export class WorkflowParser {
  readonly #options: PrepareOptions;
  readonly #file: string | undefined;

  constructor(options: WorkflowParserOptions = {}) {
    checkOptions<WorkflowParserOptions>("WorkflowParser", options, PARSER_CHECKS);
    const { maxSteps = MAX_STEPS, file, readFile, base, root } = options;
    this.#options = omitUndefined({ limits: { maxSteps }, readFile, base, root });
    this.#file = file;
  }

  /**
   * Returns the normalised definition.
   *
   * @throws WorkflowError `invalid_definition`, whose message contains every issue
   */
  parse(source: string | object, format: WorkflowFormat = "yaml"): WorkflowDefinition {
    return preparedOrThrow(this.check(source, format), this.#file).definition;
  }

  /** Like `parse`, for a `.json`, `.yaml` or `.yml` file. Messages contain the path. */
  async parseFile(path: string): Promise<WorkflowDefinition> {
    return preparedOrThrow(await this.checkFile(path), path).definition;
  }

  /**
   * Returns the prepared workflow with its warnings, or every issue. Never throws because of the
   * source; throws `invalid_argument` for an unknown format.
   */
  check(source: string | object, format: WorkflowFormat = "yaml"): PrepareOutcome {
    formatCheck(format, "format");
    return tryPrepare(source, { ...this.#options, format });
  }

  /**
   * Like `check`, for a `.json`, `.yaml` or `.yml` file, or one without an extension, whose text
   * decides. An unreadable file is reported as an issue.
   */
  checkFile(path: string): Promise<PrepareOutcome> {
    return Promise.resolve(tryPrepareFile(path, this.#options));
  }

  /** Returns every issue in a definition, including warnings; empty if there are none. */
  validate(source: string | object, format: WorkflowFormat = "yaml"): readonly DefinitionIssue[] {
    return this.check(source, format).issues;
  }

  /**
   * Returns the graph of the steps.
   *
   * @throws WorkflowError `invalid_definition`, which lists every problem
   */
  buildDependencyGraph(steps: readonly DependencyNode[]): DependencyGraph {
    const outcome = buildDependencyGraph(steps);
    if (outcome.ok) return outcome.graph;
    throw new WorkflowError(
      "invalid_definition",
      outcome.problems.map(describeProblem).join("\n"),
      {
        remedy: "Correct the dependencies listed in the message.",
      },
    );
  }
}

function describeProblem(problem: DependencyProblem): string {
  switch (problem.type) {
    case "duplicate_step":
      return `two steps have the id ${quoted(problem.stepId)}`;
    case "unknown_dependency":
      return (
        `${quoted(problem.stepId)} waits for ${quoted(problem.dependency)}, ` +
        "which is not a step"
      );
    case "self_dependency":
      return `${quoted(problem.stepId)} waits for itself`;
    case "cycle":
      return `these steps wait for each other: ${describeCycle(problem.path)}`;
  }
}
