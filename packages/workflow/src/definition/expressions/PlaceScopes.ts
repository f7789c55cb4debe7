import {
  Checker,
  type Expression,
  type ExpressionScope,
  type StepReach,
  Templates,
  type ValueType,
  ValueTypes,
} from "../../core/expressions.js";
import { namedFileOf, type OtherWorkflows } from "../others/OtherWorkflow.js";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepCertainty } from "../steps/StepCertainty.js";
import {
  phaseOf,
  type StepGroup,
  type StepNode,
  type StepTree,
  stepsAround,
} from "../steps/step-tree.js";
import { answerType } from "./answer-type.js";
import { type ExpressionPlace, foreachOf, type PlaceRole } from "./expression-places.js";
import {
  contextType,
  innerContextType,
  inputsType,
  inputType,
  isPresent,
  isProse,
  OutputTypes,
} from "./OutputTypes.js";
import { parsePlace } from "./parse-places.js";
import { runType } from "./run-type.js";
import { nameOfItem, outOfScope } from "./scope-names.js";
import type { VisibleSteps } from "./VisibleSteps.js";

/** The texts of a step that are rendered when an attempt is launched. */
const REQUEST_ROLES: ReadonlySet<PlaceRole> = new Set([
  "task",
  "with",
  "files",
  "argument",
  "env",
  "dir",
  "input",
]);

/** The texts of a step that are evaluated before it has an item or a round. */
const OUTER_ROLES: ReadonlySet<PlaceRole> = new Set(["if", "foreach", "item"]);

/** What determines which names are visible at a place. */
type ScopedPlace = Pick<ExpressionPlace, "role" | "step" | "attached">;

/** Parts of scopes that depend on the whole workflow. */
interface Common {
  readonly inputs: ValueType;
  readonly context: ValueType;
  readonly workflow: ValueType;
}

/** What the names in expressions mean at each place, and the types of their values. */
export class PlaceScopes {
  readonly #visible: VisibleSteps;
  #common: Common;
  readonly #requiredInputs: ReadonlySet<string>;
  readonly #types: OutputTypes;
  /** Types of items, by their step. */
  readonly #items = new Map<StepNode, ValueType>();
  /** The conditions that can be parsed, by their step. */
  readonly #conditions = new Map<StepNode, Expression | undefined>();

  readonly #workflow: unknown;
  readonly #root: StepGroup;

  constructor(
    workflow: unknown,
    { root }: StepTree,
    visible: VisibleSteps,
    certainty: StepCertainty,
    others: OtherWorkflows,
  ) {
    this.#workflow = workflow;
    this.#root = root;
    this.#visible = visible;
    this.#common = {
      inputs: inputsType(ownValue(workflow, "inputs")),
      context: contextType(ownValue(workflow, "context")),
      workflow: texts("id", "name", "version"),
    };
    this.#requiredInputs = new Set(
      entriesOf(ownValue(workflow, "inputs")).flatMap(([name, input]) =>
        isPresent(input) && !ValueTypes.mayBeNull(inputType(input)) ? [name] : [],
      ),
    );
    this.#types = new OutputTypes(certainty, others, (value, step) =>
      this.typeOf(value, { role: "outputs", step }),
    );
  }

  /** Says that no caller adds to the context; `read` are the keys that expressions refer to. */
  closeContext(read: Iterable<string>): void {
    const context = innerContextType(ownValue(this.#workflow, "context"), read);
    this.#common = { ...this.#common, context };
  }

  /** The type of the output of a step that includes this workflow, or runs it as its own run. */
  outputOfWorkflow(): ValueType {
    const outputs = ownValue(this.#workflow, "outputs");
    return outputs === undefined
      ? this.#types.ofGroup(this.#root)
      : this.typeOf(outputs, { role: "outputs", step: undefined });
  }

  /** The scope of a place, narrowed by the conditions under which it is evaluated. */
  at(place: ScopedPlace): ExpressionScope {
    const at = { isField: false, path: [], text: "", ...place };
    const names = this.#names(at);
    const scope = Checker.scope({
      names,
      step: (id) => this.#step(at, id),
      outOfScope: (name) => outOfScope(at, name),
    });
    return this.#narrow(scope, at);
  }

  /** Whether a run certainly has an input of this name, which is not null. */
  hasInput(name: string): boolean {
    return this.#requiredInputs.has(name);
  }

  /** The condition of a step, if it is an expression. */
  conditionOf(step: StepNode): Expression | undefined {
    if (!this.#conditions.has(step)) this.#conditions.set(step, parseCondition(step));
    return this.#conditions.get(step);
  }

  /** The type of a JSON value as written at a place, whose texts may contain expressions. */
  typeOf(value: unknown, place: ScopedPlace): ValueType {
    if (typeof value === "string") return this.#typeOfText(value, place);
    if (Array.isArray(value))
      return ValueTypes.list(ValueTypes.union(value.map((item) => this.typeOf(item, place))));
    if (typeof value !== "object" || value === null) return ValueTypes.ofValue(value);
    const properties = entriesOf(value).map(([name, item]) => ({
      name,
      valueType: this.typeOf(item, place),
      isRequired: true,
    }));
    return ValueTypes.object(properties, undefined);
  }

  /** The type of an expression at a place; undefined if something is wrong with it. */
  typeOfExpression(expression: Expression, place: ScopedPlace): ValueType | undefined {
    const { findings, valueType } = Checker.check(expression, this.at(place));
    return findings.length === 0 ? valueType : undefined;
  }

  /** The type of the items of a step with `foreach`. */
  itemOf(step: StepNode): ValueType {
    const known = this.#items.get(step);
    if (known !== undefined) return known;
    this.#items.set(step, ValueTypes.any);
    const list = this.#listOf(step);
    const item = ValueTypes.elementOf(list) ?? ValueTypes.any;
    this.#items.set(step, item);
    return item;
  }

  #listOf(step: StepNode): ValueType {
    const { items, itemsPath } = foreachOf(step) ?? { items: undefined, itemsPath: [] };
    if (typeof items !== "string") return this.typeOf(items, { role: "item", step });
    const place = { role: "foreach", step, path: itemsPath, text: items, isField: true } as const;
    const [parsed] = parsePlace(place).expressions;
    if (parsed === undefined) return ValueTypes.any;
    return Checker.check(parsed.expression, this.at(place)).valueType;
  }

  #typeOfText(text: string, place: ScopedPlace): ValueType {
    if (!text.includes("${{")) return ValueTypes.ofValue(text);
    const { parts } = Templates.parse(text);
    const [first, ...others] = parts.filter((part) => part !== "");
    if (typeof first !== "object" || others.length > 0) return ValueTypes.text;
    return Checker.check(first.expression, this.at(place)).valueType;
  }

  #names({ role, step, attached }: ExpressionPlace): Record<string, ValueType> {
    const names: Record<string, ValueType> = {
      ...this.#common,
      run: runType({ hasDirectory: isOfRequest(role, step), phase: phaseOf(step) }),
    };
    if (role === "env") names["secrets"] = ValueTypes.text;
    if (step === undefined) return names;
    this.#addEnclosing(names, role, step);
    if (attached?.kind === "check") names["output"] = answerType(step.written);
    return names;
  }

  /** Adds the items and rounds around a place. An inner one hides an outer one. */
  #addEnclosing(names: Record<string, ValueType>, role: PlaceRole, step: StepNode): void {
    const around = [...stepsAround(step.group.owner)].toReversed();
    if (!OUTER_ROLES.has(role)) around.push(step);
    for (const each of around) {
      if (ownValue(each.written, "foreach") !== undefined) {
        names[nameOfItem(each)] = this.itemOf(each);
        // An index would give an item another identity after an edit of the list.
        if (role === "key" && each === step) delete names["index"];
        else names["index"] = ValueTypes.integer;
      }
      if (ownValue(each.written, "loop") !== undefined) {
        names["round"] = ValueTypes.integer;
        names["previous"] = ValueTypes.nullable(this.#types.body(each));
      }
    }
  }

  #step(place: ExpressionPlace, id: string): StepReach {
    const sight = this.#visible.look(place, id);
    if (sight === undefined) return { ok: true, output: ValueTypes.any, statuses: ["completed"] };
    if (!sight.ok) {
      const { code, message, remedy } = sight;
      return { ok: false, code, message, ...(remedy !== undefined && { remedy }) };
    }
    const { target, statuses } = sight;
    const isOwnRound = target === place.step;
    return {
      ok: true,
      output: isOwnRound ? this.#types.body(target) : this.#types.of(target),
      statuses: [...statuses],
      hasRounds: ownValue(target.written, "loop") !== undefined && !isOwnRound,
      isProse: isProse(target),
    };
  }

  /** A place is evaluated only if the conditions of its step and of the steps around it hold. */
  #narrow(scope: ExpressionScope, { role, step }: ExpressionPlace): ExpressionScope {
    if (step === undefined) return scope;
    const around: StepNode[] = role === "if" ? [] : [step];
    for (const at of stepsAround(step.group.owner)) {
      // Inside a loop, `round` and `previous` are those of this loop.
      if (ownValue(at.written, "loop") !== undefined) break;
      around.unshift(at);
    }
    return around.reduce((narrowed, at) => {
      const condition = this.conditionOf(at);
      return condition === undefined ? narrowed : Checker.assume(condition, narrowed, true);
    }, scope);
  }
}

/** Whether a text is given to an agent or a program, and decides nothing in the run. */
function isOfRequest(role: PlaceRole, step: StepNode | undefined): boolean {
  return REQUEST_ROLES.has(role) && namedFileOf(step?.written) === undefined;
}

function parseCondition(step: StepNode): Expression | undefined {
  const text = ownValue(step.written, "if");
  if (typeof text !== "string") return undefined;
  const place = { role: "if", step, path: [], text, isField: true } as const;
  return parsePlace(place).expressions[0]?.expression;
}

function texts(...names: readonly string[]): ValueType {
  return ValueTypes.object(
    names.map((name) => ({ name, valueType: ValueTypes.text, isRequired: true })),
    undefined,
  );
}
