import { ExpressionFailure } from "./ExpressionFailure.js";
import { callFunction } from "./functions.js";
import { areEqual, isMap, mapOf, typeName } from "./json-values.js";
import { type Expression, parseExpression } from "./parse-expression.js";

/** What a name stands for; undefined if there is no such name. */
export type Scope = (name: string) => unknown;

const MAX_STEPS = 100_000;

/** Evaluates the text of one expression. Throws `ExpressionFailure`. */
export const evaluateText = (source: string, scope: Scope): unknown =>
  evaluate(parseExpression(source), scope);

/** Evaluates an expression. Throws `ExpressionFailure`. */
export const evaluate = (expression: Expression, scope: Scope): unknown =>
  new Evaluation().value(expression, scope);

const typeFailure = (message: string) => new ExpressionFailure("type", message);

class Evaluation {
  #left = MAX_STEPS;

  value(expression: Expression, scope: Scope): unknown {
    this.#spend(1);
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "name": {
        const value = scope(expression.name);
        if (value === undefined)
          throw new ExpressionFailure("reference", `unknown name ${expression.name}`);
        return value;
      }
      case "member":
        return found(lookUp(this.value(expression.of, scope), expression.name));
      case "index":
        return found(lookUp(this.value(expression.of, scope), this.value(expression.at, scope)));
      case "list":
        return expression.items.map((item) => this.value(item, scope));
      case "map":
        return mapOf(
          expression.entries.map(([key, value]) => [key, this.value(value, scope)] as const),
        );
      case "unary":
        return this.#unary(expression.operator, this.value(expression.of, scope));
      case "binary":
        return this.#binary(expression, scope);
      case "call":
        return this.#call(expression, scope);
      case "each":
        return this.#each(expression, scope);
    }
  }

  #spend(count: number): void {
    this.#left -= count;
    if (this.#left < 0)
      throw new ExpressionFailure("value", `more than ${MAX_STEPS} steps of evaluation`);
  }

  #truth(expression: Expression, scope: Scope, where: string): boolean {
    const value = this.value(expression, scope);
    if (typeof value !== "boolean")
      throw typeFailure(`${where} needs true or false, not ${typeName(value)}`);
    return value;
  }

  #unary(operator: "!" | "-", value: unknown): unknown {
    if (operator === "!") {
      if (typeof value !== "boolean")
        throw typeFailure(`! needs true or false, not ${typeName(value)}`);
      return !value;
    }
    if (typeof value !== "number") throw typeFailure(`- needs a number, not ${typeName(value)}`);
    return -value;
  }

  #binary(
    { operator, left, right }: Extract<Expression, { kind: "binary" }>,
    scope: Scope,
  ): unknown {
    if (operator === "&&") return this.#truth(left, scope, "&&") && this.#truth(right, scope, "&&");
    if (operator === "||") return this.#truth(left, scope, "||") || this.#truth(right, scope, "||");
    const [a, b] = [this.value(left, scope), this.value(right, scope)];
    switch (operator) {
      case "==":
        return areEqual(a, b);
      case "!=":
        return !areEqual(a, b);
      case "in":
        return isIn(a, b);
      case "<":
      case "<=":
      case ">":
      case ">=":
        return compare(operator, a, b);
      default:
        return calculate(operator, a, b);
    }
  }

  #call({ name, args }: Extract<Expression, { kind: "call" }>, scope: Scope): unknown {
    const [first, second, third] = args;
    if (name === "has" && args.length === 1 && first !== undefined)
      return (this.#path(first, scope) ?? null) !== null;
    if (name === "default" && args.length === 2 && first !== undefined && second !== undefined)
      return this.#path(first, scope) ?? this.value(second, scope);
    if (name === "if" && first !== undefined && second !== undefined && third !== undefined)
      return this.#truth(first, scope, "if()")
        ? this.value(second, scope)
        : this.value(third, scope);
    const values = args.map((arg) => this.value(arg, scope));
    const result = callFunction(name, values);
    if (name === "split") this.#spend((result as unknown[]).length);
    return result;
  }

  /** The value of a path; undefined where a step of the path is not there. */
  #path(expression: Expression, scope: Scope): unknown {
    this.#spend(1);
    if (expression.kind === "name") return scope(expression.name);
    if (expression.kind !== "member" && expression.kind !== "index")
      throw new ExpressionFailure("syntax", "has() and default() take a path");
    const of = this.#path(expression.of, scope);
    if (of === undefined) return undefined;
    const key = expression.kind === "member" ? expression.name : this.value(expression.at, scope);
    const result = lookUp(of, key);
    return result.isThere ? result.value : undefined;
  }

  #each(
    { macro, of, variable, body }: Extract<Expression, { kind: "each" }>,
    scope: Scope,
  ): unknown {
    const list = this.value(of, scope);
    if (!Array.isArray(list)) throw typeFailure(`${macro} needs a list, not ${typeName(list)}`);
    const inner =
      (item: unknown): Scope =>
      (name) =>
        name === variable ? item : scope(name);
    if (macro === "map") return list.map((item) => this.value(body, inner(item)));
    const holds = (item: unknown): boolean => this.#truth(body, inner(item), macro);
    if (macro === "filter") return list.filter(holds);
    return macro === "exists" ? list.some(holds) : list.every(holds);
  }
}

type LookUp =
  | { readonly isThere: true; readonly value: unknown }
  | { readonly isThere: false; readonly failure: () => ExpressionFailure };

const absent = (failure: () => ExpressionFailure): LookUp => ({ isThere: false, failure });

function found(result: LookUp): unknown {
  if (result.isThere) return result.value;
  throw result.failure();
}

/** A key of a map or an item of a list: own properties only. */
function lookUp(of: unknown, key: unknown): LookUp {
  if (isMap(of) && typeof key === "string") {
    if (Object.hasOwn(of, key)) return { isThere: true, value: of[key] };
    return absent(
      () => new ExpressionFailure("reference", `no ${key}; there is ${Object.keys(of).join(", ")}`),
    );
  }
  if (Array.isArray(of) && typeof key === "number") {
    if (Number.isInteger(key) && key >= 0 && key < of.length)
      return { isThere: true, value: of[key] };
    return absent(() => new ExpressionFailure("value", `no item ${key} in a list of ${of.length}`));
  }
  return absent(() => typeFailure(`${typeName(of)} has no ${JSON.stringify(key)}`));
}

function isIn(item: unknown, of: unknown): boolean {
  if (Array.isArray(of)) return of.some((other) => areEqual(item, other));
  if (isMap(of) && typeof item === "string") return Object.hasOwn(of, item);
  throw typeFailure(`in: ${typeName(item)} in ${typeName(of)}`);
}

function compare(operator: string, a: unknown, b: unknown): boolean {
  const areAlike =
    (typeof a === "number" && typeof b === "number") ||
    (typeof a === "string" && typeof b === "string");
  if (!areAlike) throw typeFailure(`${typeName(a)} ${operator} ${typeName(b)}`);
  const order = typeof a === "string" ? compareTexts(a, b as string) : a - (b as number);
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

/** By characters, so that what UTF-16 writes in two units comes after all else. */
function compareTexts(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const order = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function calculate(operator: string, a: unknown, b: unknown): unknown {
  if (operator === "+" && typeof a === "string" && typeof b === "string") return a + b;
  if (typeof a !== "number" || typeof b !== "number")
    throw typeFailure(`${typeName(a)} ${operator} ${typeName(b)}`);
  if ((operator === "/" || operator === "%") && b === 0)
    throw new ExpressionFailure("value", "division by zero");
  const result = arithmetic(operator, a, b);
  if (!Number.isFinite(result)) throw new ExpressionFailure("value", "the number is too large");
  return result;
}

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    default:
      return a % b;
  }
}
