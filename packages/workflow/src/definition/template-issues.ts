import type { DependencyGraph } from "@automatosx/schemas";
import type { IssueList } from "./IssueList.js";
import type { IssueName } from "./issue-codes.js";
import { locateInText } from "./locate-in-text.js";
import type { ReadableStep } from "./readable-steps.js";
import { ownValue } from "./readable-steps.js";
import { quoted } from "./SourceText.js";
import type { SourceTree } from "./source-tree.js";
import type { Suggester } from "./suggestions.js";
import type { TaskReference } from "./task-template.js";
import { parseTask } from "./task-template.js";
import { findNotUpstream } from "./upstream.js";

/** Problems told of one task: to find the place of each costs a walk through the whole text. */
const MAX_PROBLEMS_PER_TASK = 20;

interface StepReference {
  readonly step: number;
  readonly target: number;
  readonly reference: TaskReference;
}

/** Checks the references in the tasks: their form, that what they name exists, and that it is over in time. */
export class TemplateIssues {
  readonly #issues: IssueList;
  readonly #tree: SourceTree;
  readonly #suggester: Suggester;
  readonly #steps: readonly ReadableStep[];
  readonly #indexById: ReadonlyMap<string, number>;
  readonly #workflow: unknown;
  readonly #knowsAll: boolean;
  readonly #stepReferences: StepReference[] = [];
  #reported = 0;

  constructor(
    issues: IssueList,
    tree: SourceTree,
    suggester: Suggester,
    steps: readonly ReadableStep[],
    workflow: unknown,
  ) {
    this.#issues = issues;
    this.#tree = tree;
    this.#suggester = suggester;
    this.#steps = steps;
    this.#indexById = new Map(
      steps.flatMap(({ id, index }) => (id === undefined ? [] : [[id, index] as const])),
    );
    this.#workflow = workflow;
    this.#knowsAll = steps.every(({ id }) => id !== undefined);
  }

  /** Without a graph, whether a step is upstream cannot be told and is left out. */
  check(graph: DependencyGraph | undefined): void {
    for (const step of this.#steps) {
      this.#reported = 0;
      if (step.task?.includes("{{")) this.#checkTask(step.index, step.task);
    }
    if (graph) this.#checkUpstream(graph);
  }

  #checkTask(step: number, task: string): void {
    const { parts, problems } = parseTask(task);
    for (const { kind, message, offset, length } of problems) {
      if (kind === "unclosed" && this.#isCutByComment(step)) {
        this.#add(
          "cutTemplate",
          step,
          task,
          offset,
          length,
          "the text ends at ` #`, in the middle of a reference",
        );
      } else
        this.#add(
          kind === "unclosed" ? "unclosedTemplate" : "badTemplate",
          step,
          task,
          offset,
          length,
          message,
        );
    }
    for (const part of parts) {
      if (typeof part === "string") continue;
      if (part.source === "steps") this.#checkStep(step, task, part);
      else if (part.source === "inputs") this.#checkInput(step, task, part);
      else this.#checkContext(step, task, part);
    }
    this.#checkForeign(step, task, parts);
  }

  #add(
    name: IssueName,
    step: number,
    task: string,
    offset: number,
    length: number,
    message: string,
    remedy?: string,
  ): void {
    this.#reported += 1;
    const path = ["steps", step, "task"];
    const node = this.#tree.nodeAt(path);
    if (!node || this.#reported > MAX_PROBLEMS_PER_TASK || this.#issues.isFull) return;
    const mark = name === "foreignTemplate" ? "{{" : "${{";
    const span = locateInText(this.#issues.source, node, task, mark, [offset, offset + length]);
    this.#issues.add(name, path, span, message, remedy);
  }

  #addReference(
    name: IssueName,
    step: number,
    task: string,
    reference: TaskReference,
    message: string,
    remedy?: string,
  ): void {
    this.#add(name, step, task, reference.offset, reference.text.length, message, remedy);
  }

  #isCutByComment(step: number): boolean {
    const node = this.#tree.nodeAt(["steps", step, "task"]);
    return (
      node?.kind === "scalar" &&
      node.plain &&
      /^[ \t]+#/.test(this.#issues.source.text.slice(node.end, node.end + 100))
    );
  }

  #checkStep(step: number, task: string, reference: TaskReference): void {
    const target = this.#indexById.get(reference.name);
    if (target !== undefined) {
      this.#stepReferences.push({ step, target, reference });
      return;
    }
    if (!this.#knowsAll) return;
    const meant = this.#suggester.nearest(reference.name, this.#indexById.keys());
    this.#addReference(
      "unknownStep",
      step,
      task,
      reference,
      `no step has the id ${quoted(reference.name)}`,
      meant && `write \`${meant}\``,
    );
  }

  #checkInput(step: number, task: string, reference: TaskReference): void {
    const inputs = ownValue(this.#workflow, "inputs");
    if (ownValue(inputs, reference.name) !== undefined) return;
    const names = typeof inputs === "object" && inputs !== null ? Object.keys(inputs) : [];
    const meant = this.#suggester.nearest(reference.name, names);
    const remedy = meant
      ? `write \`inputs.${meant}\``
      : `add \`${reference.name}: string\` to \`inputs\``;
    this.#addReference(
      "unknownInput",
      step,
      task,
      reference,
      `the input ${quoted(reference.name)} is not declared`,
      remedy,
    );
  }

  /** Only where the workflow declares a context at all: without one, all of it comes from the caller. */
  #checkContext(step: number, task: string, reference: TaskReference): void {
    const context = ownValue(this.#workflow, "context");
    if (
      typeof context !== "object" ||
      context === null ||
      ownValue(context, reference.name) !== undefined
    )
      return;
    const meant = this.#suggester.nearest(reference.name, Object.keys(context));
    const message = `\`context\` has no ${quoted(reference.name)}`;
    this.#addReference(
      "unknownContext",
      step,
      task,
      reference,
      message,
      meant && `write \`context.${meant}\``,
    );
  }

  /** `{{ design.summary }}` is another system's way to name a step; here it is text, which is seldom what was meant. */
  #checkForeign(step: number, task: string, parts: readonly (string | TaskReference)[]): void {
    if (!parts.some((part) => typeof part === "string" && part.includes("{{") && part !== "${{"))
      return;
    for (const match of task.matchAll(
      /(?<!\$)\{\{\s*(?:steps\.|inputs\.)?([A-Za-z][\w-]{0,127})((?:\.[A-Za-z_][\w-]{0,60}|\[\d{1,9}\]){0,9})\s*\}\}/g,
    )) {
      const [whole, name = "", rest = ""] = match;
      const reference = this.#meantBy(name, rest.replace(/^\.output\b/, ""));
      if (reference)
        this.#add(
          "foreignTemplate",
          step,
          task,
          match.index,
          whole.length,
          `${quoted(whole)} stays as it is`,
          `write \`\${{ ${reference} }}\``,
        );
    }
  }

  #meantBy(name: string, rest: string): string | undefined {
    if (this.#indexById.has(name)) return `steps.${name}.output${rest}`;
    return ownValue(ownValue(this.#workflow, "inputs"), name) === undefined
      ? undefined
      : `inputs.${name}${rest}`;
  }

  #checkUpstream(graph: DependencyGraph): void {
    if (this.#stepReferences.length === 0) return;
    const positions = this.#indexById;
    const order = graph.executionOrder.flat().map((id) => positions.get(id) ?? 0);
    const dependencies = this.#steps.map((step) =>
      step.dependencies.flatMap(({ id }) => positions.get(id) ?? []),
    );
    const missing = new Set(findNotUpstream(this.#stepReferences, order, dependencies));
    for (const question of this.#stepReferences) {
      if (!missing.has(question)) continue;
      const { step, target, reference } = question;
      const task = this.#steps[step]?.task ?? "";
      this.#reported = 0;
      if (step === target) {
        this.#addReference(
          "notUpstream",
          step,
          task,
          reference,
          `the step ${quoted(reference.name)} cannot use its own result`,
          "name another step",
        );
      } else {
        const message = `this step does not wait for ${quoted(reference.name)}`;
        this.#addReference(
          "notUpstream",
          step,
          task,
          reference,
          message,
          `add \`${reference.name}\` to \`dependencies\``,
        );
      }
    }
  }
}
