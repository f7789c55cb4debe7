import {
  ExpressionWriter,
  placesIn,
  type Source,
} from "../../../rescript-core/tests/support/random-expressions.js";
import type { JsonSchema } from "../../../rescript-core/tests/support/random-schemas.js";
import {
  Dice,
  objectSchema,
  valueSchema,
} from "../../../rescript-core/tests/support/random-values.js";

type Written = Record<string, unknown>;

/** A workflow whose agents have schemas, and what is needed to play it. */
export interface TypedWorkflow {
  readonly written: Written;
  readonly inputs: JsonSchema;
  /** The schemas of what agents answer, by step id. */
  readonly answers: ReadonlyMap<string, JsonSchema>;
  /** How deeply steps are nested. */
  readonly depth: number;
}

/** A step that has been written, as later steps see it. */
interface Made {
  readonly id: string;
  readonly written: Written;
  /** What `steps.ID.output` is when the step has completed. */
  readonly output: JsonSchema;
  readonly isTolerant: boolean;
  readonly hasCondition: boolean;
  /** Steps of the list that it waits for, and those that have certainly completed. */
  readonly upstream: ReadonlySet<string>;
  readonly certain: ReadonlySet<string>;
}

const TEXT: JsonSchema = { type: "string" };
/** Lists that are written in the file. */
const LISTS: readonly unknown[] = [["p", "q"], "['p', 'q', 'r']", ["one"]];
const NAMED: JsonSchema = { type: "object", required: ["n"], properties: { n: TEXT } };
const MODES = ["ok", "ok", "done", "ok-or-skipped"] as const;
/** How often a guard is forgotten or put in the wrong place. */
const CARELESSNESS = 0.005;

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });

/** The edges of a step as they are written, and what follows from them. */
interface Edges extends Pick<Made, "upstream" | "certain"> {
  readonly written: Written;
}

/** A list of steps, and the keys that write it. */
interface List {
  readonly made: readonly Made[];
  readonly written: Written;
}

/** In a listed order, each step waits for the one before. */
function listedEdges(before: readonly Made[]): Edges {
  const last = before.at(-1);
  const isSure = last !== undefined && !last.hasCondition && !last.isTolerant;
  return {
    written: {},
    upstream: new Set(before.map(({ id }) => id)),
    certain: new Set([...(last?.certain ?? []), ...(isSure ? [last.id] : [])]),
  };
}

class WorkflowWriter {
  readonly #dice: Dice;
  readonly answers = new Map<string, JsonSchema>();
  depth = 0;
  #count = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** The steps of a workflow, and its outputs. */
  workflow(inputs: Source): { readonly steps: Written; readonly outputs: Written } {
    const { made, written } = this.list(2 + this.#dice.below(3), [inputs], 1);
    const readable = made.flatMap((step) => sourcesOf(step, false));
    const writer = this.#writer([inputs, ...readable]);
    return {
      steps: written,
      outputs: { value: `\${{ ${writer.any(2)} }}`, text: `is \${{ ${writer.text(2)} }}` },
    };
  }

  /** A list of steps that see what is around them. */
  list(size: number, outer: readonly Source[], depth: number): List {
    this.depth = Math.max(this.depth, depth);
    const made: Made[] = [];
    const isListed = this.#dice.happens(0.2);
    for (let count = 0; count < size; count += 1) {
      const edges = isListed ? listedEdges(made) : this.#edges(made);
      made.push(this.#step(edges, made, outer, depth));
    }
    const steps = made.map(({ written }) => written);
    return { made, written: isListed ? { order: "listed", steps } : { steps } };
  }

  #edges(before: readonly Made[]): Edges {
    const chosen = before
      .filter(() => this.#dice.happens(0.5))
      .map((target) => ({ target, mode: this.#dice.pick(MODES) }));
    const upstream = new Set(chosen.flatMap(({ target }) => [target.id, ...target.upstream]));
    if (chosen.length > 1 && this.#dice.happens(0.25)) {
      const dependencies = chosen.map(({ target }) => target.id);
      return { written: { dependencies, join: "any" }, upstream, certain: new Set() };
    }
    const ok = chosen.filter(({ mode }) => mode === "ok").map(({ target }) => target);
    const certain = new Set(
      ok.flatMap((target) => [...target.certain, ...(target.isTolerant ? [] : [target.id])]),
    );
    const dependencies = chosen.map(({ target, mode }) =>
      mode === "ok" ? target.id : { [target.id]: mode },
    );
    return { written: dependencies.length === 0 ? {} : { dependencies }, upstream, certain };
  }

  #step(
    { written: edges, upstream, certain }: Edges,
    before: readonly Made[],
    outer: readonly Source[],
    depth: number,
  ): Made {
    this.#count += 1;
    const id = `s${this.#count}`;
    const sources = [
      ...outer,
      ...before
        .filter((target) => upstream.has(target.id))
        .flatMap((target) => sourcesOf(target, certain.has(target.id))),
    ];
    const writer = this.#writer(sources);
    const condition = this.#dice.happens(0.35) ? writer.boolean(2) : undefined;
    const isTolerant = this.#dice.happens(0.2);
    const { written, output } = this.#kind(id, sources, depth);
    return {
      id,
      output,
      isTolerant,
      hasCondition: condition !== undefined,
      upstream,
      certain,
      written: {
        id,
        ...edges,
        ...(condition !== undefined && { if: condition }),
        ...(isTolerant && { continueOnError: true }),
        ...written,
      },
    };
  }

  #writer(sources: readonly Source[]): ExpressionWriter {
    return new ExpressionWriter(this.#dice, sources.flatMap(placesIn), CARELESSNESS);
  }

  #kind(id: string, sources: readonly Source[], depth: number): Pick<Made, "written" | "output"> {
    const chance = this.#dice.below(10);
    const canNest = depth < 3;
    if (chance < 2 && canNest) return this.#group(sources, depth);
    if (chance < 4 && canNest) return this.#foreach(id, sources, depth);
    if (chance < 6 && canNest) return this.#loop(sources, depth);
    if (chance === 9) return this.#program(sources);
    return this.#leaf(id, sources, !sources.some(({ path }) => path === "round"));
  }

  #program(sources: readonly Source[]): Pick<Made, "written" | "output"> {
    const env = { VALUE: `\${{ ${this.#writer(sources).text(2)} }}` };
    return { written: { run: { script: "cat", env } }, output: TEXT };
  }

  #leaf(id: string, around: readonly Source[], mayLoop: boolean): Pick<Made, "written" | "output"> {
    const output = valueSchema(this.#dice, 2);
    const isLoop = mayLoop && this.#dice.happens(0.25);
    const sources = isLoop ? [...around, ...roundOf(output)] : around;
    const writer = this.#writer(sources);
    this.answers.set(id, output);
    const own: Source = { path: `steps.${id}.output`, schema: output };
    const loop = { max: 2, until: this.#writer([...sources, own]).boolean(2), onMax: "continue" };
    const options = {
      with: { value: `\${{ ${writer.any(1)} }}`, text: `n \${{ ${writer.number(2)} }}` },
    };
    return {
      written: {
        agentId: "x",
        task: `Do \${{ ${writer.text(2)} }} and \${{ ${writer.any(1)} }}`,
        output,
        reasks: 0,
        ...(isLoop && { loop }),
        ...(this.#dice.happens(0.3) && options),
      },
      output,
    };
  }

  #group(sources: readonly Source[], depth: number): Pick<Made, "written" | "output"> {
    const { made, written } = this.list(1 + this.#dice.below(2), sources, depth + 1);
    const last = made.at(-1);
    if (last === undefined || this.#dice.happens(0.5)) return { written, output: mapOf(made) };
    const isCertain = !last.hasCondition && last.upstream.size === 0 && !last.isTolerant;
    const writer = this.#writer([...sources, ...sourcesOf(last, isCertain)]);
    const outputs = { text: `\${{ ${writer.text(2)} }}`, note: `is \${{ ${writer.any(1)} }}` };
    const properties = { text: TEXT, note: TEXT };
    return {
      written: { ...written, outputs },
      output: { type: "object", required: ["text", "note"], properties },
    };
  }

  #foreach(
    id: string,
    sources: readonly Source[],
    depth: number,
  ): Pick<Made, "written" | "output"> {
    const lists = sources
      .flatMap(placesIn)
      .filter(
        ({ kind, items, guard }) =>
          kind === "list" && guard === undefined && items?.type === "object",
      );
    const place = lists.length > 0 && this.#dice.happens(0.5) ? this.#dice.pick(lists) : undefined;
    const isNamed = this.#dice.happens(0.3);
    const items = place?.items ?? (isNamed ? NAMED : TEXT);
    const isInner = sources.some(({ path }) => path === "item");
    const name = isInner ? `item${depth}` : "item";
    const item: Source = { path: name, schema: items };
    const inside = [...sources, item, { path: "index", schema: { type: "integer" } }];
    const key =
      items === TEXT
        ? undefined
        : placesIn(item).find(({ kind, guard }) => kind === "string" && guard === undefined);
    if (place !== undefined && key === undefined) return this.#leaf(id, sources, false);
    const head = {
      foreach: place?.path ?? (isNamed ? [{ n: "p" }, { n: "q" }] : this.#dice.pick(LISTS)),
      ...(key !== undefined && { key: key.path }),
      ...(isInner && { as: name }),
      ...(this.#dice.happens(0.3) && { concurrency: 1 }),
    };
    const body = this.#dice.happens(0.5)
      ? this.#leaf(id, inside, false)
      : this.#group(inside, depth);
    return {
      written: { ...head, ...body.written },
      output: { type: "array", items: orNull(body.output) },
    };
  }

  #loop(sources: readonly Source[], depth: number): Pick<Made, "written" | "output"> {
    const round: Source = { path: "round", schema: { type: "integer" } };
    const { made, written } = this.list(1 + this.#dice.below(2), [...sources, round], depth + 1);
    const readable = made.flatMap((inner) =>
      sourcesOf(inner, !inner.hasCondition && inner.upstream.size === 0 && !inner.isTolerant),
    );
    const output = mapOf(made);
    const until = this.#writer([...sources, ...roundOf(output), ...readable]).boolean(2);
    return { written: { loop: { max: 2, until, onMax: "continue" }, ...written }, output };
  }
}

/** What a round sees of its loop. */
const roundOf = (output: JsonSchema): Source[] => [
  { path: "round", schema: { type: "integer" } },
  { path: "previous", schema: output, guard: "previous != null" },
];

function mapOf(inner: readonly Made[]): JsonSchema {
  return {
    type: "object",
    required: inner.map(({ id }) => id),
    properties: Object.fromEntries(inner.map(({ id, output }) => [id, orNull(output)])),
  };
}

function sourcesOf({ id, output }: Made, isCertain: boolean): Source[] {
  const guard = isCertain ? undefined : `steps.${id}.status == 'completed'`;
  return [
    { path: `steps.${id}.output`, schema: output, guard },
    { path: `steps.${id}.status`, schema: TEXT },
  ];
}

/** A random workflow; the same seed gives the same workflow. */
export function randomTypedWorkflow(seed: number): TypedWorkflow {
  const dice = new Dice(seed);
  const inputs = objectSchema(dice, 2);
  const writer = new WorkflowWriter(dice);
  const { outputs, steps } = writer.workflow({ path: "inputs", schema: inputs });
  const required = inputs.required as readonly string[];
  // Beside `type: object`, `required` lists properties, so such an input cannot be left out.
  const declared = Object.entries(inputs.properties as Readonly<Record<string, JsonSchema>>).map(
    ([name, schema]) =>
      required.includes(name) || Array.isArray(schema.required)
        ? [name, schema, true]
        : [name, { ...schema, required: false }, false],
  );
  const given = {
    ...inputs,
    additionalProperties: false,
    required: declared.flatMap(([name, , isNeeded]) => (isNeeded === true ? [name] : [])),
  };
  return {
    written: {
      id: "typed",
      inputs: Object.fromEntries(declared),
      ...steps,
      outputs,
    },
    inputs: given,
    answers: writer.answers,
    depth: writer.depth,
  };
}
