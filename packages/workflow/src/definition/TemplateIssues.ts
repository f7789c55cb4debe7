import { type IssueKind, locateInText, quoted } from "@automatosx/source";
import type { DefinitionFix } from "../errors.js";
import type { CheckPlace } from "./check-graph.js";
import { addDependency, replacePiece } from "./fixes.js";
import type { DeclaredNames } from "./foreign-path.js";
import { type ForeignTemplate, foreignTemplates, MAY_HAVE_FOREIGN } from "./foreign-templates.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { synonymOf } from "./key-synonyms.js";
import { ownValue } from "./steps/own-value.js";
import { isTolerant } from "./steps/StepCertainty.js";
import { StepReach } from "./steps/StepReach.js";
import { type StepNode, type StepTree, textOf } from "./steps/step-tree.js";
import type { TaskReference, TemplateProblem } from "./task-template.js";
import { parseTask, written } from "./task-template.js";
import { remedyForTemplate } from "./template-remedies.js";

/**
 * Maximum number of errors for one task, and of warnings. Locating each one requires a pass over
 * the whole text.
 */
const MAX_ISSUES_PER_TASK = 20;

interface Task {
  /** The step whose task it is. */
  readonly step: StepNode;
  readonly text: string;
}

interface PlacedReference {
  readonly step: StepNode;
  readonly reference: TaskReference;
}

interface StepReference extends PlacedReference {
  /** The step that is referred to. */
  readonly target: StepNode;
}

/**
 * Checks the references in tasks: that they are well-formed, that their targets exist, and that a
 * step waits for each step whose result it uses.
 */
export class TemplateIssues {
  /** References to inputs and context, in the order of the steps. Complete after `check`. */
  readonly outsideReferences: PlacedReference[] = [];
  readonly #place: CheckPlace;
  readonly #steps: StepTree;
  readonly #reach = new StepReach();
  readonly #workflow: unknown;
  readonly #stepReferences: StepReference[] = [];
  /** How many issues were added for the task of each step. */
  readonly #counts = { error: new Map<StepNode, number>(), warning: new Map<StepNode, number>() };
  readonly #names: DeclaredNames;
  readonly #inputNames: readonly string[];
  readonly #contextKeys: readonly string[] | undefined;

  constructor(place: CheckPlace, steps: StepTree, workflow: unknown) {
    this.#place = place;
    this.#steps = steps;
    this.#workflow = workflow;
    this.#inputNames = keysOf(ownValue(workflow, "inputs")) ?? [];
    this.#contextKeys = keysOf(ownValue(workflow, "context"));
    this.#names = {
      isStep: (id) => steps.root.byId.has(id),
      isInput: (name) => ownValue(ownValue(workflow, "inputs"), name) !== undefined,
      isContextKey: (key) => ownValue(ownValue(workflow, "context"), key) !== undefined,
    };
  }

  check(): void {
    for (const step of this.#steps.root.steps) {
      const text = taskOf(step);
      if (text?.includes("{{")) this.#checkTask({ step, text });
    }
    this.#checkForeign();
    this.#checkUpstream();
  }

  #checkTask(task: Task): void {
    const { parts, problems } = parseTask(task.text);
    for (const problem of problems) {
      if (this.#isSkipped(task)) break;
      this.#addProblem(task, problem);
    }
    for (const part of parts) {
      if (typeof part === "string") continue;
      if (part.source === "steps") this.#checkStep(task, part);
      else {
        this.outsideReferences.push({ step: task.step, reference: part });
        if (part.source === "inputs") this.#checkInput(task, part);
        else this.#checkContext(task, part);
      }
    }
  }

  #addProblem(task: Task, problem: TemplateProblem): void {
    const { kind, message, offset, length } = problem;
    const remedy = remedyForTemplate(task.text, problem, this.#names);
    if (kind === "unknown")
      this.#add(ISSUE_KINDS.unknownRoot, task, offset, length, message, remedy);
    else if (kind === "invalid")
      this.#add(ISSUE_KINDS.badTemplate, task, offset, length, message, remedy);
    else if (!this.#isCutByComment(task.step))
      this.#add(ISSUE_KINDS.unclosedTemplate, task, offset, length, message);
    else {
      const cut = "the text ends at ` #`, in the middle of a reference";
      this.#add(ISSUE_KINDS.cutText, task, offset, length, cut);
    }
  }

  #add(
    kind: IssueKind,
    task: Task,
    offset: number,
    length: number,
    message: string,
    remedy?: string,
    {
      mark = "${{",
      fix,
    }: { readonly mark?: string; readonly fix?: DefinitionFix | undefined } = {},
  ): void {
    const { issues, tree } = this.#place;
    const path = [...task.step.path, "task"];
    const node = tree.nodeAt(path);
    if (node?.kind !== "scalar") return;
    const counts = this.#counts[kind.severity];
    counts.set(task.step, (counts.get(task.step) ?? 0) + 1);
    const piece = [offset, offset + length] as const;
    const span = locateInText(issues.source, node, task.text, mark, piece);
    issues.add(kind, path, span, message, remedy, fix);
  }

  /** Returns whether no more such issues are added for a task, so that none needs to be worded. */
  #isSkipped({ step }: Task, severity: IssueKind["severity"] = "error"): boolean {
    return (
      this.#place.issues.isFull || (this.#counts[severity].get(step) ?? 0) >= MAX_ISSUES_PER_TASK
    );
  }

  #addReference(
    kind: IssueKind,
    task: Task,
    { offset, text }: TaskReference,
    message: string,
    remedy?: string,
    fix?: DefinitionFix,
  ): void {
    this.#add(kind, task, offset, text.length, message, remedy, { fix });
  }

  #isCutByComment(step: StepNode): boolean {
    const { issues, tree } = this.#place;
    const node = tree.nodeAt([...step.path, "task"]);
    return (
      node?.kind === "scalar" &&
      node.plain &&
      /^[ \t]+#/.test(issues.source.text.slice(node.end, node.end + 100))
    );
  }

  #checkStep(task: Task, reference: TaskReference): void {
    const ids = this.#steps.root.byId;
    const target = ids.get(reference.name);
    if (target !== undefined) {
      this.#reach.ask(task.step, target);
      this.#stepReferences.push({ step: task.step, target, reference });
      this.#checkTolerated(task, reference, target);
      return;
    }
    if (!this.#steps.knowsAllIds || this.#isSkipped(task)) return;
    const meant = this.#place.suggester.nearest(reference.name, ids.keys());
    const message = `no step has the id ${quoted(reference.name)}`;
    const remedy = meant && `write \`${meant}\``;
    this.#addReference(ISSUE_KINDS.unknownStep, task, reference, message, remedy);
  }

  #checkInput(task: Task, reference: TaskReference): void {
    const inputs = ownValue(this.#workflow, "inputs");
    if (ownValue(inputs, reference.name) !== undefined || this.#isSkipped(task)) return;
    const meant = this.#place.suggester.nearest(reference.name, this.#inputNames);
    const message = `the input ${quoted(reference.name)} is not declared`;
    const remedy = meant
      ? `write \`inputs.${meant}\``
      : `add \`${reference.name}: string\` to \`inputs\``;
    this.#addReference(ISSUE_KINDS.unknownInput, task, reference, message, remedy);
  }

  /**
   * Checked only if the workflow declares a context; otherwise the whole context comes from the
   * caller.
   */
  #checkContext(task: Task, reference: TaskReference): void {
    const context = ownValue(this.#workflow, "context");
    if (this.#contextKeys === undefined || this.#isSkipped(task, "warning")) return;
    if (ownValue(context, reference.name) !== undefined) return;
    const message = `\`context\` has no ${quoted(reference.name)}`;
    const dotted = [reference.name, ...reference.path].join(".");
    const meant =
      ownValue(context, dotted) === undefined
        ? this.#place.suggester.nearest(reference.name, this.#contextKeys)
        : dotted;
    const remedy = meant && `write \`context${written(meant)}\``;
    this.#addReference(ISSUE_KINDS.unknownContext, task, reference, message, remedy);
  }

  /** The result of a step that may fail is null then, and null has no fields. */
  #checkTolerated(task: Task, reference: TaskReference, target: StepNode): void {
    if (!isTolerant(target) || reference.path.length === 0) return;
    if (this.#isSkipped(task, "warning")) return;
    const message =
      `the result of ${quoted(reference.name)} is null if that step fails, because it has ` +
      "`continueOnError`: this step then fails as well";
    const whole = `\${{ steps${written(reference.name)}.output }}`;
    const remedy = `write \`${whole}\`, which is then \`null\`, or remove \`continueOnError\``;
    this.#addReference(ISSUE_KINDS.mayBeNull, task, reference, message, remedy);
  }

  /** Called after all references are known: an input that none of them names may be meant. */
  #checkForeign(): void {
    const used = new Set(
      this.outsideReferences.flatMap(({ reference: { source, name } }) =>
        source === "inputs" ? name : [],
      ),
    );
    const names = {
      ...this.#names,
      isUnusedInput: (name: string) => this.#names.isInput(name) && !used.has(name),
    };
    for (const step of this.#steps.root.steps) {
      const text = taskOf(step);
      if (text === undefined || !MAY_HAVE_FOREIGN.test(text)) continue;
      for (const found of foreignTemplates(text, names)) {
        if (this.#isSkipped({ step, text }, "warning")) break;
        this.#addForeign({ step, text }, found);
      }
    }
  }

  #addForeign(task: Task, { offset, text, mark, reference, isStatement }: ForeignTemplate): void {
    const message =
      isStatement === true
        ? `${quoted(text)} is not evaluated`
        : `${quoted(text)} is not replaced with a value`;
    const remedy =
      isStatement === true
        ? "let the agent decide, or write separate steps: tasks have no conditions and no loops"
        : reference && `write \`\${{ ${reference} }}\``;
    const fix =
      reference === undefined
        ? undefined
        : replacePiece(
            this.#editPlace,
            {
              path: [...task.step.path, "task"],
              text: task.text,
              span: [offset, offset + text.length],
            },
            `\${{ ${reference} }}`,
            { safe: false },
          );
    this.#add(ISSUE_KINDS.foreignTemplate, task, offset, text.length, message, remedy, {
      mark,
      fix,
    });
  }

  get #editPlace() {
    const { issues, tree } = this.#place;
    return { source: issues.source, tree };
  }

  #checkUpstream(): void {
    for (const each of this.#stepReferences)
      if (!this.#reach.isUpstream(each.step, each.target)) this.#addNotUpstream(each);
  }

  #addNotUpstream({ step, target, reference }: StepReference): void {
    const task = { step, text: taskOf(step) ?? "" };
    if (this.#isSkipped(task) || isMisnamed(step)) return;
    const name = quoted(reference.name);
    if (step === target) {
      const message = `the step ${name} cannot use its own result`;
      const remedy = "refer to another step";
      this.#addReference(ISSUE_KINDS.notUpstream, task, reference, message, remedy);
      return;
    }
    const message = `this step does not wait for ${name}`;
    const remedy = `add \`${reference.name}\` to \`dependencies\``;
    const fix = this.#reach.wouldCycle(step, target)
      ? undefined
      : addDependency(this.#editPlace, step, reference.name);
    this.#addReference(ISSUE_KINDS.notUpstream, task, reference, message, remedy, fix);
  }
}

/** Whether the dependencies are written under the key of another system. That is an issue. */
function isMisnamed({ written, path }: StepNode): boolean {
  return (
    ownValue(written, "dependencies") === undefined &&
    (keysOf(written) ?? []).some((key) => synonymOf(key, path, ["dependencies"]) !== undefined)
  );
}

function taskOf({ written }: StepNode): string | undefined {
  return textOf(ownValue(written, "task"));
}

function keysOf(value: unknown): readonly string[] | undefined {
  return typeof value === "object" && value !== null ? Object.keys(value) : undefined;
}
