import type { WorkflowDefinition } from "@automatosx/schemas";
import { normaliseWorkflow, WrittenWorkflow } from "@automatosx/schemas/written";
import { WorkflowParser } from "@automatosx/workflow";
import { expect, test } from "vitest";
import { Dice, valueOf } from "../../../rescript-core/tests/support/random-values.js";
import { Interpreter } from "../../src/language/index.js";
import { CONSTRUCTS_OF_WORKFLOWS, constructsOf } from "../support/constructs-of-workflows.js";
import { randomTypedWorkflow, type TypedWorkflow } from "../support/random-typed-workflows.js";

/** How many accepted workflows are played; `SOUND_WORKFLOWS` in the environment asks for others. */
const ACCEPTED = Number(process.env["SOUND_WORKFLOWS"] ?? 10_000);
/** The least share of the accepted workflows that has a construct, in percent. */
const LEAST_SHARE = 3;
/** What no checker of types can exclude: a division by zero, a text that is no number. */
const ALLOWED = "value";
const TIMEOUT_MS = 1_800_000;

const parser = new WorkflowParser();

function isAccepted({ written }: TypedWorkflow): boolean {
  return parser.validate(written).every(({ severity }) => severity !== "error");
}

/** Plays the workflow with random answers that fit; gives the expressions that failed by kind. */
function play(
  definition: WorkflowDefinition,
  { inputs, answers }: TypedWorkflow,
  dice: Dice,
): string[] {
  const given = valueOf(inputs, dice);
  if (given === undefined) return [];
  const interpreter = new Interpreter(definition, {
    inputs: given as Readonly<Record<string, unknown>>,
    chance: () => dice.below(1000) / 1000,
    launch: ({ path }) => {
      if (dice.happens(0.1)) return { failed: "error", message: "broken" };
      const schema = answers.get(idOf(path));
      return { result: schema === undefined ? "out" : (valueOf(schema, dice) ?? null) };
    },
  });
  const end = interpreter.run();
  return [
    ...interpreter.instances.map(({ failureKind, path, error }) => ({ failureKind, path, error })),
    { failureKind: end?.error?.failureKind, path: "outputs", error: end?.error?.message },
  ].flatMap(({ failureKind, path, error }) =>
    failureKind === undefined || failureKind === ALLOWED ? [] : `${failureKind} ${path}: ${error}`,
  );
}

/** The id of the step at a path: `s3` of `s1[p].s2#1.s3`. */
const idOf = (path: string): string => (path.split(".").at(-1) ?? "").replace(/[#[].*$/, "");

test(
  "a workflow that the checker accepts never meets a missing name or a value of a wrong kind",
  () => {
    const counts = new Map<string, number>();
    let accepted = 0;
    let made = 0;
    let nested = 0;
    const unsound: { seed: number; failures: string[] }[] = [];
    for (; accepted < ACCEPTED && unsound.length === 0; made += 1) {
      const workflow = randomTypedWorkflow(made);
      if (!isAccepted(workflow)) continue;
      accepted += 1;
      if (workflow.depth >= 2) nested += 1;
      for (const name of constructsOf(workflow)) counts.set(name, (counts.get(name) ?? 0) + 1);
      const definition = normaliseWorkflow(WrittenWorkflow.parse(workflow.written));
      const failures = [1, 2].flatMap((round) =>
        play(definition, workflow, new Dice(made * 10 + round)),
      );
      if (failures.length > 0) unsound.push({ seed: made, failures });
    }
    const percent = (count: number, all: number) => Math.round((1000 * count) / all) / 10;
    const shares = CONSTRUCTS_OF_WORKFLOWS.map(
      (name) => [name, percent(counts.get(name) ?? 0, accepted)] as const,
    );
    const least = shares.reduce((one, other) => (other[1] < one[1] ? other : one));
    process.stdout.write(
      `${accepted} workflows accepted, ${percent(made - accepted, made)} % of ${made} rejected, ` +
        `${percent(nested, accepted)} % nested at least 2 deep; least: ${least.join(" ")} %\n`,
    );
    expect({
      unsound,
      rare: shares.filter(([, share]) => share < LEAST_SHARE),
      isNested: percent(nested, accepted) >= 30,
    }).toEqual({ unsound: [], rare: [], isNested: true });
  },
  TIMEOUT_MS,
);
