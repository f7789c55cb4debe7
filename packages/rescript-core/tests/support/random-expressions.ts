import type { JsonSchema } from "./random-schemas.js";
import { type Dice, KIND, WORDS } from "./random-values.js";

type Kind = "string" | "number" | "boolean" | "list" | "object";

/** Something that an expression may read, and the condition under which it is there. */
interface Place {
  readonly path: string;
  readonly kind: Kind | "mixed";
  readonly items?: JsonSchema | undefined;
  readonly guard?: string | undefined;
}

/** The root of a path: its text, its schema, and whether it may be null. */
export interface Source {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly guard?: string | undefined;
}

const FIELD = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const read = (path: string, name: string): string =>
  FIELD.test(name) ? `${path}.${name}` : `${path}['${name}']`;
const both = (one: string | undefined, other: string): string =>
  one === undefined ? other : `${one} && ${other}`;

const typesOf = (schema: JsonSchema): readonly string[] => {
  if (Array.isArray(schema.anyOf) && schema.type === undefined)
    return (schema.anyOf as JsonSchema[]).flatMap(typesOf);
  if (Array.isArray(schema.enum)) return ["string"];
  if ("const" in schema) return ["string"];
  return Array.isArray(schema.type) ? (schema.type as string[]) : [String(schema.type)];
};

const KINDS: Readonly<Record<string, Kind>> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
  array: "list",
  object: "object",
};

/** Every place below a source, with the condition that guards what may be absent or null. */
export function placesIn({ path, schema, guard }: Source): Place[] {
  const alternatives = schema.oneOf as readonly JsonSchema[] | undefined;
  if (alternatives !== undefined)
    return alternatives.flatMap((alternative, index) => {
      const kind = `${read(path, KIND)} == '${["low", "high"][index] ?? ""}'`;
      return placesIn({ path, schema: alternative, guard: both(guard, kind) });
    });
  const bare = Array.isArray(schema.anyOf) && schema.type === undefined;
  const inner = bare
    ? (schema.anyOf as JsonSchema[]).find(({ type }) => type === "object" || type === "array")
    : schema;
  const types = typesOf(schema);
  const isNullable = types.includes("null");
  const kinds = [...new Set(types.filter((type) => type !== "null").map((type) => KINDS[type]))];
  const here = isNullable ? both(guard, `${path} != null`) : guard;
  const place: Place = {
    path,
    kind: kinds.length === 1 ? (kinds[0] ?? "mixed") : "mixed",
    guard: here,
    items: inner?.items as JsonSchema | undefined,
  };
  const required = (inner?.required ?? []) as readonly string[];
  const properties = Object.entries((inner?.properties ?? {}) as Record<string, JsonSchema>);
  const extra = inner?.additionalProperties;
  const extras = typeof extra === "object" ? [["x", extra as JsonSchema] as const] : [];
  return [
    place,
    ...[...properties, ...extras].flatMap(([name, property]) => {
      const deeper = read(path, name);
      const isCertain = required.includes(name);
      const inside = isCertain ? here : both(here, `has(${deeper})`);
      return placesIn({ path: deeper, schema: property, guard: inside });
    }),
  ];
}

/** Writes expressions that are mostly right: some forget a guard, or guard something else. */
export class ExpressionWriter {
  readonly #dice: Dice;
  readonly #places: readonly Place[];
  /** How often a guard is left out or misplaced. */
  readonly #carelessness: number;

  constructor(dice: Dice, places: readonly Place[], carelessness: number) {
    this.#dice = dice;
    this.#places = places;
    this.#carelessness = carelessness;
  }

  #place(kind: Kind): Place | undefined {
    const suitable = this.#places.filter((place) => place.kind === kind);
    return suitable.length === 0 ? undefined : this.#dice.pick(suitable);
  }

  /** A place of the kind, guarded so that it has a value, or the alternative. */
  #value(kind: Kind, otherwise: () => string): string {
    const place = this.#place(kind);
    if (place === undefined) return otherwise();
    const { path, guard } = place;
    if (guard === undefined || this.#dice.happens(this.#carelessness)) return path;
    return this.#dice.pick([
      () => `default(${path}, ${otherwise()})`,
      () => `default(${path}, ${otherwise()})`,
      () => `if(${guard}, ${path}, ${otherwise()})`,
      () => `if(!(${guard}), ${otherwise()}, ${path})`,
      () =>
        this.#dice.happens(this.#carelessness)
          ? `if(has(${path}), ${otherwise()}, ${path})`
          : `default(${path}, ${otherwise()})`,
    ])();
  }

  text(depth: number): string {
    const literal = () => `'${this.#dice.pick(WORDS)}'`;
    if (depth <= 0) return this.#dice.happens(0.5) ? literal() : this.#value("string", literal);
    const next = () => this.text(depth - 1);
    return this.#dice.pick([
      () => this.#value("string", next),
      () => this.#value("string", next),
      () => `${this.#operand(next())} + ${this.#operand(next())}`,
      () => `lower(${next()})`,
      () => `upper(${next()})`,
      () => `${this.#operand(next())}.trim()`,
      () => `replace(${next()}, 'a', ${next()})`,
      () => `${this.texts(depth - 1)}.join(${next()})`,
      () => `join(${this.texts(depth - 1)})`,
      () => `string(${this.any(depth - 1)})`,
      () => `string(${this.number(depth - 1)})`,
      () => `if(${this.boolean(depth - 1)}, ${next()}, ${next()})`,
      () => `split(${next()}, ',')[0]`,
      () => this.#item(depth),
    ])();
  }

  number(depth: number): string {
    const literal = () => this.#dice.pick(["0", "1", "2.5", "3"]);
    if (depth <= 0) return this.#dice.happens(0.5) ? literal() : this.#value("number", literal);
    const next = () => this.#operand(this.number(depth - 1));
    const operator = () => this.#dice.pick(["+", "-", "*", "/", "%"]);
    return this.#dice.pick([
      () => this.#value("number", next),
      () => `${next()} ${operator()} ${next()}`,
      () => `${next()} ${operator()} ${this.#dice.pick(["2", "3", "0.5"])}`,
      () => `size(${this.text(depth - 1)})`,
      () => `size(${this.texts(depth - 1)})`,
      () => `size(${this.object(depth - 1)})`,
      () => `-${next()}`,
      () => `number('12')`,
      () => `number(${this.number(depth - 1)})`,
    ])();
  }

  boolean(depth: number): string {
    const literal = () => this.#dice.pick(["true", "false"]);
    if (depth <= 0) return this.#dice.happens(0.4) ? literal() : this.#value("boolean", literal);
    const next = () => this.#operand(this.boolean(depth - 1));
    const order = () => this.#dice.pick(["<", "<=", ">", ">="]);
    return this.#dice.pick([
      () => this.#value("boolean", next),
      () => `!${next()}`,
      () => `${next()} && ${next()}`,
      () => `${next()} || ${next()}`,
      () => this.#equality(depth - 1),
      () => this.#equality(depth - 1),
      () =>
        `${this.#operand(this.number(depth - 1))} ${order()} ` +
        this.#operand(this.number(depth - 1)),
      () =>
        `${this.#operand(this.text(depth - 1))} ${order()} ${this.#operand(this.text(depth - 1))}`,
      () => `${this.#operand(this.text(depth - 1))} in ${this.#operand(this.texts(depth - 1))}`,
      () => `'x' in ${this.#operand(this.object(depth - 1))}`,
      () => `startsWith(${this.text(depth - 1)}, ${this.text(depth - 1)})`,
      () => `${this.#operand(this.text(depth - 1))}.endsWith('w')`,
      () => `contains(${this.text(depth - 1)}, 'o')`,
      () => this.#macro(this.#dice.pick(["exists", "all"]), depth),
      () => this.#guarded(depth),
      () => this.#guarded(depth),
      () => this.#guarded(depth),
    ])();
  }

  texts(depth: number): string {
    const literal = () => `['x', ${this.text(depth - 1)}]`;
    if (depth <= 0) return this.#dice.pick(["['a', 'b']", "['low']"]);
    return this.#dice.pick([
      literal,
      () => `split(${this.text(depth - 1)}, ',')`,
      () => `keys(${this.object(depth - 1)})`,
      () => this.#macro("map", depth),
      () =>
        `${this.#operand(this.texts(depth - 1))}.filter(f, f != lower(${this.text(depth - 1)}))`,
      () => this.#filtered(depth),
      () => `flatten([${this.texts(depth - 1)}, ${this.texts(depth - 1)}])`,
      () => `${this.texts(depth - 1)}.map(t, [t, ${this.text(depth - 1)}]).flatten()`,
    ])();
  }

  /** An item of a list or a property of a map that is known only when it is evaluated. */
  #item(depth: number): string {
    const texts = this.#places.filter(({ items }) => items?.["type"] === "string");
    const otherwise = this.text(depth - 1);
    if (texts.length === 0 || this.#dice.happens(0.3))
      return `string(default(inputs[lower(${this.text(depth - 1)})], ${otherwise}))`;
    return `default(${this.#dice.pick(texts).path}[${this.number(depth - 1)}], ${otherwise})`;
  }

  object(depth: number): string {
    const literal = () => `{a: ${this.text(depth - 1)}, 'b c': ${this.number(depth - 1)}}`;
    return this.#dice.happens(0.5) ? literal() : this.#value("object", literal);
  }

  any(depth: number): string {
    return this.#dice.pick([
      () => this.text(depth),
      () => this.number(depth),
      () => this.boolean(depth),
      () => this.texts(depth),
      () => this.object(depth),
      () => (this.#places.length === 0 ? "null" : this.#dice.pick(this.#places).path),
    ])();
  }

  #operand(text: string): string {
    return /^[\w.'[\]-]+$/.test(text) && !text.startsWith("-") ? text : `(${text})`;
  }

  #equality(depth: number): string {
    const operator = this.#dice.pick(["==", "!="]);
    const place = this.#places.length === 0 ? undefined : this.#dice.pick(this.#places);
    const text = () => `lower(${this.text(depth - 1)})`;
    const nothing = place?.guard?.endsWith("!= null") === true ? place : undefined;
    return this.#dice.pick([
      () => `${this.#operand(this.#value("string", text))} ${operator} ${this.#operand(text())}`,
      () => `${this.#operand(this.number(depth))} ${operator} ${this.#operand(this.number(depth))}`,
      () =>
        `${this.#operand(this.boolean(depth))} ${operator} ${this.#operand(this.boolean(depth))}`,
      () =>
        nothing === undefined ? `${text()} ${operator} 'x'` : `${nothing.path} ${operator} null`,
    ])();
  }

  /** A condition that uses a place where another condition shows that it is there, or should. */
  #guarded(depth: number): string {
    const place = this.#dice.pick(
      [...this.#places.filter(({ guard }) => guard !== undefined)].concat(this.#places),
    );
    if (place === undefined) return "true";
    const { path, kind, guard = `has(${path})` } = place;
    const isCareless = this.#dice.happens(this.#carelessness);
    const other = this.#places.length > 0 ? this.#dice.pick(this.#places) : place;
    const shown = isCareless ? (other.guard ?? `has(${other.path})`) : guard;
    const use = this.#use(place, depth - 1);
    const wrong = [() => `(${shown}) || ${use}`, () => `!(${shown}) && ${use}`];
    const right = [
      () => `${shown} && ${use}`,
      () => `!(${shown}) || ${use}`,
      () => `!(!(${shown}) || !(${use}))`,
      () => `(${shown}) && ${this.#operand(this.boolean(depth - 1))} && ${use}`,
      () => `((${shown}) || false) && ${use}`,
      () => `if(${shown}, ${use}, false)`,
      () => `has(${path})`,
      () => (kind === "string" ? `default(${path}, 'none') == 'low' && ${use}` : `has(${path})`),
    ];
    return this.#dice.pick(this.#dice.happens(this.#carelessness) ? wrong : right)();
  }

  /** A condition that fails if the value of the place is absent, null or of another kind. */
  #use({ path, kind, items }: Place, depth: number): string {
    switch (kind) {
      case "string":
        return this.#dice.pick([
          `${path} != 'low'`,
          `${path} != lower('low')`,
          `${path}.contains('x')`,
          `size(${path}) > 0`,
        ]);
      case "number":
        return `${path} > ${this.#operand(this.number(depth))}`;
      case "boolean":
        return path;
      case "list":
        return items === undefined ? `size(${path}) > 1` : this.#over(path, items, "all", depth);
      case "object":
        return `size(${path}) > 0`;
      default:
        return `string(${path}) != 'x'`;
    }
  }

  /** A macro over a list place, or over a list of texts. */
  #macro(macro: "exists" | "all" | "map", depth: number): string {
    const place = this.#place("list");
    if (place?.items === undefined || this.#dice.happens(0.3))
      return this.#over(this.texts(depth - 1), { type: "string" }, macro, depth - 1);
    const { path, guard, items } = place;
    const list =
      guard === undefined || this.#dice.happens(this.#carelessness) ? path : `default(${path}, [])`;
    return this.#over(list, items, macro, depth - 1);
  }

  #over(list: string, items: JsonSchema, macro: string, depth: number): string {
    const variable = this.#dice.pick(["x", "y", "x", "inputs", "f"]);
    const kept = this.#places.filter(
      ({ path }) => !path.startsWith(`${variable}.`) && path !== variable,
    );
    const own = placesIn({ path: variable, schema: items });
    const places = [...own, ...own, ...kept];
    const inner = new ExpressionWriter(this.#dice, places, this.#carelessness);
    const body = macro === "map" ? inner.text(depth) : inner.boolean(depth);
    return `${this.#operand(list)}.${macro}(${variable}, ${body})`;
  }

  /** A list whose items are kept where a property is there, and then read. */
  #filtered(depth: number): string {
    const place = this.#place("list");
    if (place?.items === undefined) return this.texts(depth - 1);
    const { path, guard, items } = place;
    const list = guard === undefined ? path : `default(${path}, [])`;
    const inside = placesIn({ path: "x", schema: items }).filter(({ kind }) => kind === "string");
    if (inside.length === 0) return this.texts(depth - 1);
    const { path: read, guard: shown = "true" } = this.#dice.pick(inside);
    const isCareless = this.#dice.happens(this.#carelessness);
    return `${list}.filter(x, ${isCareless ? "true" : shown}).map(x, ${read})`;
  }
}
