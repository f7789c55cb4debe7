import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import type { DefinitionIssue } from "../errors.js";
import { readProperty } from "../message-of.js";
import { decidingResults } from "./deciding-results.js";
import { hashDefinition } from "./definition-hash.js";
import type { OutsideReference } from "./outside-references.js";

/** The format of a workflow's text. */
export type WorkflowFormat = "yaml" | "json";

// From the global registry of symbols, so that another copy of this package recognises it.
const MARK: unique symbol = Symbol.for("@automatosx/prepared-workflow");

/** Whether the value is a prepared workflow, of this copy of the package or of another. */
export function isPreparedWorkflow(value: unknown): value is PreparedWorkflow {
  return readProperty(value, MARK) === true;
}

/**
 * A workflow that has been read and checked once, ready to be started any number of times.
 * `prepareWorkflow` creates one.
 */
export class PreparedWorkflow {
  /** The workflow with its defaults filled in and its durations in ms. It must not be changed. */
  readonly definition: WorkflowDefinition;
  /** The text as written; for a workflow passed as data, its JSON text. */
  readonly source: string;
  /** The format of `source`. */
  readonly format: WorkflowFormat;
  /** The path of the file that the text came from, as it was specified. */
  readonly path: string | undefined;
  /** Problems that do not prevent a start. */
  readonly warnings: readonly DefinitionIssue[];
  /** The steps, their dependencies and the batches in which they could run. */
  readonly graph: DependencyGraph;
  /**
   * The values that tasks take from a run's inputs and context. A start that lacks one of them is
   * refused.
   */
  readonly references: readonly OutsideReference[];
  /**
   * The workflows that its steps run as runs of their own, at any depth, by the hash that the
   * definition of the step has.
   */
  readonly children: ReadonlyMap<string, PreparedWorkflow>;
  #hash: string | undefined;
  #json: string | undefined;
  #deciding: ReadonlySet<string> | undefined;

  /** @internal */
  constructor(parts: {
    readonly definition: WorkflowDefinition;
    readonly source: string;
    /** The format of `source`. */
    readonly format: WorkflowFormat;
    readonly path?: string | undefined;
    /** Problems that do not prevent a start. */
    readonly warnings: readonly DefinitionIssue[];
    /** The steps, their dependencies and the batches in which they could run. */
    readonly graph: DependencyGraph;
    readonly references: readonly OutsideReference[];
    readonly children?: ReadonlyMap<string, PreparedWorkflow>;
  }) {
    this.definition = parts.definition;
    this.source = parts.source;
    this.format = parts.format;
    this.path = parts.path;
    this.warnings = parts.warnings;
    this.graph = parts.graph;
    this.references = parts.references;
    this.children = parts.children ?? new Map();
  }

  /** @internal */
  get [MARK](): true {
    return true;
  }

  /** Sha-256, in hex, of the definition as RFC 8785 JSON: runs are pinned to it. */
  get hash(): string {
    this.#hash ??= hashDefinition(this.definition);
    return this.#hash;
  }

  /**
   * The steps whose results can change what happens in a run; every other result is only passed
   * on. A step is named by its place in the definition: `build.test`, `:failure.report`,
   * `pay:reconcile`. `placeInDefinition` gives the place of a path.
   */
  get decidingResults(): ReadonlySet<string> {
    this.#deciding ??= decidingResults(this.definition);
    return this.#deciding;
  }

  /** The definition as JSON text, as it is stored. */
  get json(): string {
    this.#json ??= JSON.stringify(this.definition);
    return this.#json;
  }
}
