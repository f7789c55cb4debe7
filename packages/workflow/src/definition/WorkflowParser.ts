import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import { MAX_STEPS } from "@automatosx/schemas";
import { quoted } from "@automatosx/source";
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

/** How large a definition the parser accepts. */
export interface WorkflowParserOptions {
  /**
   * Steps that a definition given as data may have: 10,000 by default, 100,000 at most. A text may
   * have 10,000.
   */
  readonly maxSteps?: number;
  /** What messages call the definition; for example its path. */
  readonly file?: string;
  /** Reads the files of `parseFile` and `checkFile`; by default from the disk. */
  readonly readFile?: FileReader;
}

/**
 * Reads workflow definitions: text or data in, the normalised definition or all located issues out.
 * It keeps nothing between calls. `prepareWorkflow` gives more: a value that an engine can start.
 *
 * `new WorkflowParser().parse("name: hello\nsteps: [{id: a, agentId: b, task: Say hello}]").steps`
 */
export class WorkflowParser {
  readonly #options: PrepareOptions;
  readonly #file: string | undefined;

  constructor({ maxSteps = MAX_STEPS, file, readFile }: WorkflowParserOptions = {}) {
    this.#options = omitUndefined({ limits: { maxSteps }, readFile });
    this.#file = file;
  }

  /**
   * The normalised definition.
   *
   * @throws WorkflowError `invalid_definition`, which holds every issue and prints them.
   */
  parse(source: string | object, format: WorkflowFormat = "yaml"): WorkflowDefinition {
    return preparedOrThrow(this.check(source, format), this.#file).definition;
  }

  /** Like `parse`, for a `.json`, `.yaml` or `.yml` file. Messages name the path. */
  async parseFile(path: string): Promise<WorkflowDefinition> {
    return preparedOrThrow(await this.checkFile(path), path).definition;
  }

  /** The prepared workflow with its warnings, or every issue. Never throws. */
  check(source: string | object, format: WorkflowFormat = "yaml"): PrepareOutcome {
    return tryPrepare(source, { ...this.#options, format });
  }

  /** Like `check`, for a `.json`, `.yaml` or `.yml` file. An unreadable file is an issue too. */
  checkFile(path: string): Promise<PrepareOutcome> {
    return Promise.resolve(tryPrepareFile(path, this.#options));
  }

  /** Every issue of a definition, warnings included. Empty for a definition without any. */
  validate(source: string | object, format: WorkflowFormat = "yaml"): readonly DefinitionIssue[] {
    return this.check(source, format).issues;
  }

  /**
   * The graph of any steps.
   *
   * @throws WorkflowError `invalid_definition`, which names every problem.
   */
  buildDependencyGraph(steps: readonly DependencyNode[]): DependencyGraph {
    const outcome = buildDependencyGraph(steps);
    if (outcome.ok) return outcome.graph;
    throw new WorkflowError(
      "invalid_definition",
      outcome.problems.map(describeProblem).join("\n"),
      {
        remedy: "Correct the dependencies that the message names.",
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
