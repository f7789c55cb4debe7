import { quoted } from "@automatosx/source";
import {
  Checker,
  type ExpressionProblem,
  type ExpressionReference,
  type ExpressionScope,
  type Finding,
  type ValueType,
} from "../../core/expressions.js";
import type { DefinitionFix } from "../../errors.js";
import { type CheckPlace, editPlaceOf } from "../check-place.js";
import { addDependency } from "../fixes.js";
import type { DeclaredNames } from "../foreign-path.js";
import { isDependencyMisnamed } from "../key-synonyms.js";
import { checkGivenInputs } from "../others/check-given-inputs.js";
import { ownValue } from "../steps/own-value.js";
import { StepCertainty } from "../steps/StepCertainty.js";
import { StepReach } from "../steps/StepReach.js";
import type { StepNode, StepTree } from "../steps/step-tree.js";
import { remedyForTemplate } from "../template-remedies.js";
import { addUnquotedInstant, checkInstant } from "./check-instant.js";
import { checkChoice, checkForeach, checkUntil } from "./check-step-values.js";
import { coversEveryValue } from "./covers-every-value.js";
import { type ExpressionPlace, OPEN, outputPlaces, placesOf } from "./expression-places.js";
import { guardFix } from "./guard-fix.js";
import { isProse } from "./OutputTypes.js";
import { PlaceReporter } from "./PlaceReporter.js";
import { PlaceScopes } from "./PlaceScopes.js";
import { type ParsedPlace, type PlacedExpression, parsePlace } from "./parse-places.js";
import { usesOnlyReferences } from "./uses-only-references.js";
import { VisibleSteps } from "./VisibleSteps.js";

/** What is known about the expressions of a workflow after they have been checked. */
export interface CheckedExpressions {
  readonly places: readonly ParsedPlace[];
  /** The steps whose condition is never true. */
  readonly neverTrue: ReadonlySet<StepNode>;
  readonly reach: StepReach;
  readonly certainty: StepCertainty;
  /** The type of the output of a step that includes this workflow, or runs it as its own run. */
  readonly outputType: () => ValueType;
}

/**
 * Checks the expressions in all texts of a workflow: that they are well-formed, that what they
 * refer to exists and is settled by then, and that values have the types that they are used as.
 */
export class ExpressionIssues {
  readonly #place: CheckPlace;
  readonly #workflow: unknown;
  readonly #steps: StepTree;
  readonly #names: DeclaredNames;
  /** Reports issues at texts of the workflow. */
  readonly reporter: PlaceReporter;
  readonly #reach = new StepReach();
  readonly #certainty: StepCertainty;
  readonly #visible: VisibleSteps;
  readonly #scopes: PlaceScopes;
  readonly #neverTrue = new Set<StepNode>();
  /** Whether findings about the types of values are warnings. */
  #isLenient = false;

  constructor(place: CheckPlace, steps: StepTree, workflow: unknown, names: DeclaredNames) {
    this.#place = place;
    this.#workflow = workflow;
    this.#steps = steps;
    this.#names = names;
    this.reporter = new PlaceReporter(place);
    this.#certainty = new StepCertainty(this.#reach, (choices) =>
      coversEveryValue(choices, this.#scopes),
    );
    this.#visible = new VisibleSteps(steps, this.#reach, this.#certainty, place);
    const { others = new Map() } = place;
    this.#scopes = new PlaceScopes(workflow, steps, this.#visible, this.#certainty, others);
  }

  check(): CheckedExpressions {
    const places = [...this.#placesOfAll()].map(parsePlace);
    for (const { place, expressions } of places)
      for (const { references } of expressions)
        for (const { root, path } of references)
          if (root === "steps" && typeof path[0] === "string")
            this.#visible.announce(place, path[0]);
    if (this.#place.isInner === true) this.#scopes.closeContext(contextKeysIn(places));
    this.#isLenient = usesOnlyReferences(this.#workflow, this.#steps, places);
    for (const parsed of places) this.#checkPlace(parsed);
    for (const { steps } of this.#steps.groups)
      for (const step of steps) {
        if (ownValue(step.written, "if") === false) this.#neverTrue.add(step);
        checkForeach(step, { place: this.#place, scopes: this.#scopes, reporter: this.reporter });
        checkGivenInputs(step, { place: this.#place, scopes: this.#scopes });
      }
    return {
      places,
      neverTrue: this.#neverTrue,
      reach: this.#reach,
      certainty: this.#certainty,
      outputType: () => this.#scopes.outputOfWorkflow(),
    };
  }

  *#placesOfAll(): Generator<ExpressionPlace, void, undefined> {
    for (const { steps } of this.#steps.groups) for (const step of steps) yield* placesOf(step);
    yield* outputPlaces(this.#workflow);
  }

  #checkPlace(parsed: ParsedPlace): void {
    const { place, expressions, problems } = parsed;
    if (place.role === "instant" && addUnquotedInstant(place, this.reporter)) return;
    for (const problem of problems) this.#addProblem(place, problem);
    if (expressions.length === 0) return;
    // Most texts only insert values whose types are not known.
    const open = expressions.filter((each) => !this.#isPlainlyRight(place, each));
    if (open.length === 0) return;
    const scope = this.#scopes.at(place);
    for (const each of open) {
      if (this.reporter.isFull(place)) return;
      // What is wrong with the context is a warning, and each costs a search for a similar key.
      const isContext = each.references.every(({ root }) => root === "context");
      if (isContext && this.#place.isInner !== true && this.reporter.isFull(place, "warning"))
        continue;
      for (const finding of this.#findingsOf(parsed, each, scope))
        this.#addFinding(place, each, finding);
    }
  }

  /**
   * Whether an expression in a text is a reference to a value that certainly exists and may have
   * any type, so that nothing is to be found.
   */
  #isPlainlyRight(place: ExpressionPlace, { references: [reference] }: PlacedExpression): boolean {
    if (place.isField || reference?.isWhole !== true) return false;
    const { root, path } = reference;
    if (typeof path[0] !== "string") return false;
    if (root === "steps" && path[1] === "output") {
      const sight = this.#visible.look(place, path[0]);
      return sight?.ok === true && sight.statuses.length === 1 && isProse(sight.target);
    }
    return root === "inputs" && path.length === 1 && this.#scopes.hasInput(path[0]);
  }

  #findingsOf(
    { place, isWhole }: ParsedPlace,
    { expression }: PlacedExpression,
    scope: ExpressionScope,
  ): readonly Finding[] {
    switch (place.role) {
      case "if": {
        const { findings, canBeTrue } = Checker.checkCondition(expression, scope);
        if (!canBeTrue && findings.every(({ severity }) => severity === "warning") && place.step)
          this.#neverTrue.add(place.step);
        return findings;
      }
      case "until": {
        checkUntil(place, expression, this.reporter);
        return Checker.checkCondition(expression, scope).findings;
      }
      case "foreach":
        return Checker.checkList(expression, scope).findings;
      case "key":
        return Checker.check(expression, scope).findings;
      case "choice": {
        const { findings, valueType } = Checker.check(expression, scope);
        if (findings.length === 0) checkChoice(place, valueType, this.reporter);
        return findings;
      }
      case "that":
        return Checker.checkCondition(expression, scope).findings;
      case "instant": {
        const { findings, valueType } = Checker.check(expression, scope);
        if (findings.length === 0) checkInstant(place, valueType, this.reporter);
        return findings;
      }
      case "item":
      case "with":
      case "show":
      case "outputs":
        return isWhole
          ? Checker.check(expression, scope).findings
          : Checker.checkInText(expression, scope).findings;
      default:
        return Checker.checkInText(expression, scope).findings;
    }
  }

  #addProblem(place: ExpressionPlace, problem: ExpressionProblem): void {
    // An empty value is an issue of the schema.
    if (place.text === "" || this.reporter.isFull(place)) return;
    const { code, message, span, remedy, replacement } = problem;
    const cut = this.reporter.cutByComment(place);
    if (cut !== undefined && (code === "AXW1302" || isParsed({ ...place, text: cut.whole }))) {
      const inside = place.isField ? "an expression" : "a reference";
      const message = `the text ends at \` #\`, in the middle of ${inside}`;
      const fix = isParsed({ ...place, text: cut.whole }) ? cut.fix : undefined;
      this.reporter.add(place, { code: "AXW1303", message, span, fix });
      return;
    }
    const fix =
      replacement === undefined
        ? bracesFix(place, this.reporter)
        : this.reporter.replacement(place, span, replacement, { safe: true });
    const better = this.#foreignRemedy(place, problem) ?? remedy ?? generalRemedy(place, code);
    this.reporter.add(place, { code, message, span, remedy: better, fix });
  }

  #addFinding(
    place: ExpressionPlace,
    { expression, references }: PlacedExpression,
    found: Finding,
  ): void {
    const finding = this.#place.isInner === true ? this.#asInner(found, references) : found;
    const { code, message, span, replacement } = finding;
    const isLenient = this.#isLenient && code.startsWith("AXW14");
    const severity = isLenient ? "warning" : finding.severity;
    if (this.reporter.isFull(place, severity)) return;
    const reference = references.find(
      (each) => each.span.start <= span.start && span.start < each.span.end,
    );
    if (code === "AXW1305" && place.step && isDependencyMisnamed(place.step.written)) return;
    const fix =
      code === "AXW1305"
        ? this.#edgeFix(place, reference)
        : code === "AXW1404" || code === "AXW1405"
          ? guardFix(place, expression, { finding, reference, reporter: this.reporter })
          : replacement === undefined
            ? undefined
            : this.reporter.replacement(place, span, replacement, { safe: false });
    const remedy =
      this.#foreignRemedy(place, finding) ??
      (code === "AXW1307" ? this.#dottedRemedy(reference) : undefined) ??
      finding.remedy;
    this.reporter.add(place, { code, severity, message, span, remedy, fix });
  }

  #edgeFix(
    place: ExpressionPlace,
    reference: ExpressionReference | undefined,
  ): DefinitionFix | undefined {
    const id = reference?.path[0];
    const sight = typeof id === "string" ? this.#visible.look(place, id) : undefined;
    if (sight?.ok !== false || sight.missing === undefined) return undefined;
    const { step, target, mode } = sight.missing;
    return addDependency(editPlaceOf(this.#place), step, target.id ?? "", mode);
  }

  /** A key that may be absent from a context to which no caller adds is not there. */
  #asInner(finding: Finding, references: readonly ExpressionReference[]): Finding {
    if (finding.code !== "AXW1404") return finding;
    const { span } = finding;
    const read = references.find((each) => each.span.start === span.start);
    const [key] = read?.path ?? [];
    if (read?.root !== "context" || typeof key !== "string" || this.#names.isContextKey(key))
      return finding;
    const { replacement: _, ...rest } = finding;
    return {
      ...rest,
      code: "AXW1307",
      message:
        `\`context\` has no ${quoted(key)}, and no context is passed on to a workflow that ` +
        "another one includes or runs",
      remedy: "add it to `context`, or declare an input, which the other workflow gives in `with`",
    };
  }

  /** The remedy for a key of the context that contains dots, written without brackets. */
  #dottedRemedy(reference: ExpressionReference | undefined): string | undefined {
    const key = reference?.path.join(".") ?? "";
    return key.includes(".") && this.#names.isContextKey(key)
      ? `write \`context["${key}"]\``
      : undefined;
  }

  /** What to write instead of a reference as other systems write it. */
  #foreignRemedy(
    { text, isField }: ExpressionPlace,
    { code, span }: Pick<ExpressionProblem, "code" | "span">,
  ): string | undefined {
    if (code !== "AXW1301" && code !== "AXW1310") return undefined;
    const open = isField ? -1 : text.lastIndexOf(OPEN, span.start);
    const start = open < 0 ? 0 : open + OPEN.length;
    const kind = code === "AXW1310" ? "unknown" : "invalid";
    return remedyForTemplate(text, { kind, start, isField }, this.#names);
  }
}

/** The keys of the context that expressions refer to. */
function* contextKeysIn(places: readonly ParsedPlace[]): Generator<string, void, undefined> {
  for (const { expressions } of places)
    for (const { references } of expressions)
      for (const { root, path } of references)
        if (root === "context" && typeof path[0] === "string") yield path[0];
}

function isParsed(place: ExpressionPlace): boolean {
  return parsePlace(place).problems.length === 0;
}

/** The remedy for a field, which has no braces. */
function generalRemedy({ isField }: ExpressionPlace, code: string): string | undefined {
  return isField && code === "AXW1301"
    ? "write an expression, such as `steps.build.output.ok`"
    : undefined;
}

/** The fix that removes braces around a part of a field, whose whole text is an expression. */
function bracesFix(
  { isField, text, ...place }: ExpressionPlace,
  reporter: PlaceReporter,
): DefinitionFix | undefined {
  if (!isField || !text.includes(OPEN)) return undefined;
  const bare = text.replace(/\$\{\{\s*/g, "").replace(/\s*\}\}/g, "");
  if (!isParsed({ ...place, isField, text: bare })) return undefined;
  const span = { start: 0, end: text.length };
  const options = { safe: true, title: "remove `${{` and `}}`" };
  return reporter.replacement({ ...place, isField, text }, span, bare, options);
}
