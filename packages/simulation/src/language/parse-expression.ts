import { ExpressionFailure } from "./ExpressionFailure.js";
import { Tokens } from "./tokens.js";

type Macro = "exists" | "all" | "map" | "filter";

export type Expression =
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly at: Expression }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [string, Expression])[] }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: "each";
      readonly macro: Macro;
      readonly of: Expression;
      readonly variable: string;
      readonly body: Expression;
    };

const MAX_LENGTH = 4096;
const MAX_DEPTH = 64;

/** From the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

const MACROS = new Set<string>(["exists", "all", "map", "filter"] satisfies Macro[]);

const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

const parsed = new Map<string, Expression>();

/** How many parsed expressions are kept. */
const MAX_KEPT = 10_000;

/** Parses a whole text as one expression. Throws `ExpressionFailure`. */
export function parseExpression(source: string): Expression {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const tokens = new Tokens(source);
  const expression = readExpression(tokens);
  if (tokens.next.kind !== "end") throw tokens.unexpected("expected the end");
  if (source.length > MAX_LENGTH)
    throw new ExpressionFailure("syntax", `longer than ${MAX_LENGTH} characters`);
  if (parsed.size >= MAX_KEPT) parsed.clear();
  parsed.set(source, expression);
  return expression;
}

/** Reads one expression; what follows it is left in `tokens`. */
export function readExpression(tokens: Tokens): Expression {
  return new Parser(tokens).expression();
}

class Parser {
  readonly #tokens: Tokens;
  #depth = 0;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  expression(): Expression {
    return this.#nested(() => this.#level(0));
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new ExpressionFailure("syntax", `nested deeper than ${MAX_DEPTH}`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #level(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#level(level + 1);
    for (;;) {
      const { kind, text } = this.#tokens.next;
      const isOperator = kind === "symbol" || (kind === "name" && text === "in");
      if (!isOperator || !operators.includes(text)) return left;
      this.#tokens.take();
      left = { kind: "binary", operator: text, left, right: this.#level(level + 1) };
    }
  }

  #unary(): Expression {
    for (const operator of ["!", "-"] as const)
      if (this.#tokens.skip(operator))
        return { kind: "unary", operator, of: this.#nested(() => this.#unary()) };
    return this.#postfix(this.#primary());
  }

  #postfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      if (this.#tokens.skip(".")) of = this.#afterDot(of);
      else if (this.#tokens.skip("[")) {
        of = { kind: "index", of, at: this.expression() };
        this.#tokens.expect("]");
      } else return of;
    }
  }

  #afterDot(of: Expression): Expression {
    const { kind, text: name } = this.#tokens.next;
    if (kind !== "name") throw this.#tokens.unexpected("expected a name");
    this.#tokens.take();
    if (!this.#tokens.skip("(")) return { kind: "member", of, name };
    return MACROS.has(name) ? this.#macro(name as Macro, of) : this.#call(name, [of]);
  }

  #macro(macro: Macro, of: Expression): Expression {
    const { kind, text: variable } = this.#tokens.next;
    if (kind !== "name") throw this.#tokens.unexpected("expected a name");
    this.#tokens.take();
    this.#tokens.expect(",");
    const body = this.expression();
    this.#tokens.expect(")");
    return { kind: "each", macro, of, variable, body };
  }

  #call(name: string, first: readonly Expression[]): Expression {
    const args = [...first, ...this.#listed(")")];
    // `join` without a separator puts nothing between the items.
    if (name === "join" && args.length === 1) args.push({ kind: "literal", value: "" });
    return { kind: "call", name, args };
  }

  #listed(end: string): Expression[] {
    const items: Expression[] = [];
    while (!this.#tokens.skip(end)) {
      items.push(this.expression());
      // A comma may follow the last item.
      if (!this.#tokens.is(end)) this.#tokens.expect(",");
    }
    return items;
  }

  #primary(): Expression {
    const { kind, text } = this.#tokens.next;
    if (kind === "number") {
      this.#tokens.take();
      return { kind: "literal", value: Number(text) };
    }
    if (kind === "text") {
      this.#tokens.take();
      return { kind: "literal", value: text };
    }
    if (kind === "name" && text !== "in") {
      this.#tokens.take();
      if (CONSTANTS.has(text)) return { kind: "literal", value: CONSTANTS.get(text) };
      return this.#tokens.skip("(") ? this.#call(text, []) : { kind: "name", name: text };
    }
    if (this.#tokens.skip("(")) {
      const inner = this.expression();
      this.#tokens.expect(")");
      return inner;
    }
    if (this.#tokens.skip("[")) return { kind: "list", items: this.#listed("]") };
    if (this.#tokens.skip("{")) return this.#map();
    throw this.#tokens.unexpected("expected a value");
  }

  #map(): Expression {
    const entries: (readonly [string, Expression])[] = [];
    while (!this.#tokens.skip("}")) {
      const { kind, text } = this.#tokens.next;
      if (kind !== "name" && kind !== "text") throw this.#tokens.unexpected("expected a name");
      this.#tokens.take();
      this.#tokens.expect(":");
      entries.push([text, this.expression()]);
      if (!this.#tokens.is("}")) this.#tokens.expect(",");
    }
    return { kind: "map", entries };
  }
}
