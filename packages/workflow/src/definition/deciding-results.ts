import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import {
  type Expression,
  type ExpressionReference,
  Expressions,
  References,
  Templates,
} from "../core/expressions.js";

/**
 * Returns the steps whose results can change what happens in a run: those that a condition, a list
 * of items, a question or the output of a group refers to, and those that judge or reconcile. Every
 * other result is only passed on. A step is named by its place in the definition: `build.test`,
 * `:failure.report`, `pay:reconcile`; `placeInDefinition` gives the place of a path.
 */
export function decidingResults({ steps, on, outputs }: WorkflowDefinition): ReadonlySet<string> {
  const found = new Set<string>();
  const root = scopeOf(steps, "", undefined);
  visitList(steps, root, undefined, found);
  addTexts(outputs, { scope: root, loop: undefined, found });
  for (const [phase, handlers] of Object.entries(on ?? {})) {
    const scope = scopeOf(handlers, `:${phase}.`, root);
    visitList(handlers, scope, undefined, found);
  }
  return found;
}

/** Returns the place of a step in the definition: `build[auth].fix#2.test` is `build.fix.test`. */
export function placeInDefinition(path: string): string {
  return path.replace(/\[[^\]]*\]|#\d+/g, "");
}

/** A step at its place. */
interface Placed {
  readonly step: StepDefinition;
  readonly place: string;
}

/** The steps that can be referred to by id, the nearest list first. */
interface Scope {
  readonly byId: ReadonlyMap<string, Placed>;
  readonly outer: Scope | undefined;
}

/** The place of an expression. */
interface Site {
  readonly scope: Scope;
  /** The innermost loop around it. */
  readonly loop: Placed | undefined;
  readonly found: Set<string>;
}

function scopeOf(
  steps: readonly StepDefinition[],
  prefix: string,
  outer: Scope | undefined,
): Scope {
  const byId = new Map(steps.map((step) => [step.id, { step, place: `${prefix}${step.id}` }]));
  return { byId, outer };
}

function visitList(
  steps: readonly StepDefinition[],
  scope: Scope,
  loop: Placed | undefined,
  found: Set<string>,
): void {
  for (const step of steps) {
    const placed = scope.byId.get(step.id);
    if (placed !== undefined) visit(placed, { scope, loop, found });
  }
}

function visit(placed: Placed, site: Site): void {
  const { step, place } = placed;
  const { found } = site;
  addField(step.if, site);
  if (typeof step.foreach?.in === "string") addField(step.foreach.in, site);
  else addTexts(step.foreach?.in, site);
  const inside = { ...site, loop: step.loop === undefined ? site.loop : placed };
  addField(step.foreach?.key, inside);
  addField(step.choice?.from, inside);
  for (const text of [step.gate?.ask, step.gate?.show, step.wait?.signal, step.stop?.reason])
    addTexts(text, inside);
  addField(step.wait?.until, inside);
  for (const [index, check] of (step.check ?? []).entries())
    addCheck(check, `${place}:check-${index + 1}`, placed, inside);
  if (step.reconcile !== undefined) {
    found.add(`${place}:reconcile`);
    addField(step.reconcile.choice?.from, inside);
  }
  visitInner(placed, inside);
}

function visitInner({ step, place }: Placed, site: Site): void {
  const { steps, module } = step;
  // Any value that an included workflow is given may decide, and it sees no step outside.
  addTexts(module?.with, site);
  const outer = module === undefined ? site.scope : undefined;
  const inner = steps === undefined ? undefined : scopeOf(steps, `${place}.`, outer);
  const loop = module === undefined ? site.loop : undefined;
  const atEnd = { ...site, loop, scope: inner ?? site.scope };
  addField(step.loop?.until, module === undefined ? atEnd : site);
  addTexts(step.outputs, atEnd);
  if (steps !== undefined && inner !== undefined) visitList(steps, inner, loop, site.found);
}

function addCheck(
  { that, step }: NonNullable<StepDefinition["check"]>[number],
  place: string,
  checked: Placed,
  site: Site,
): void {
  if (step !== undefined) {
    site.found.add(place);
    addField(step.choice?.from, site);
  }
  const expression = parse(that);
  if (expression === undefined) return;
  addReferences(expression, site);
  if (References.ofExpression(expression).some(({ root }) => root === "output"))
    site.found.add(checked.place);
}

function parse(field: string | undefined): Expression | undefined {
  const parsed = field === undefined ? undefined : Expressions.parseField(field);
  return parsed?.ok === true ? parsed.expression : undefined;
}

function addField(field: string | undefined, site: Site): void {
  const expression = parse(field);
  if (expression !== undefined) addReferences(expression, site);
}

/** Adds what the templates in the texts of a JSON value refer to. */
function addTexts(value: unknown, site: Site): void {
  if (typeof value === "string") {
    if (!value.includes("${{")) return;
    for (const part of Templates.parse(value).parts)
      if (typeof part !== "string") addReferences(part.expression, site);
  } else if (typeof value === "object" && value !== null)
    for (const item of Object.values(value)) addTexts(item, site);
}

function addReferences(expression: Expression, site: Site): void {
  for (const { root, path } of References.ofExpression(expression)) {
    if (root === "previous" && site.loop !== undefined) addRound(site.loop, path, site.found);
    if (root !== "steps" || typeof path[0] !== "string") continue;
    if (path[1] !== undefined && path[1] !== "output") continue;
    const placed = find(site.scope, path[0]);
    if (placed !== undefined) addOutput(placed, path.slice(2), site.found);
  }
}

function find(scope: Scope | undefined, id: string): Placed | undefined {
  for (let at = scope; at !== undefined; at = at.outer) {
    const placed = at.byId.get(id);
    if (placed !== undefined) return placed;
  }
  return undefined;
}

type Elements = ExpressionReference["path"];

/** Adds the results that make up an output. `path` is the part of the output that is read. */
function addOutput(placed: Placed, path: Elements, found: Set<string>): void {
  const [first] = path;
  // The first element of a fan-out's path selects an item.
  const rest = placed.step.foreach === undefined ? path : path.slice(1);
  if (placed.step.foreach === undefined || typeof first !== "string") addRound(placed, rest, found);
  else addRound(placed, [], found);
}

/** Adds the results that make up the output of one item or round. */
function addRound({ step, place }: Placed, path: Elements, found: Set<string>): void {
  if (step.steps === undefined) {
    found.add(place);
    return;
  }
  // Every reference in `outputs` decides, because its evaluation may fail.
  if (step.outputs !== undefined) return;
  const [first] = path;
  for (const inner of step.steps)
    if (first === undefined || first === inner.id)
      addOutput({ step: inner, place: `${place}.${inner.id}` }, path.slice(1), found);
}
