import { Context, Machine, type StepDef } from "@automatosx/rescript-core";
import { breaks, misasks, mishears, type PlantedBug } from "./planted-bug.ts";

const everywhere = (defs: readonly StepDef[], rewrite: (def: StepDef) => StepDef): StepDef[] =>
  defs.map((def) => {
    const rewritten = rewrite(def);
    return rewritten.steps === undefined
      ? rewritten
      : { ...rewritten, steps: everywhere(rewritten.steps, rewrite) };
  });

/** A core that is given other steps than the workflow has, those of groups included. */
export const rewrites = (name: string, rewrite: (def: StepDef) => StepDef): PlantedBug =>
  mishears(name, (event) =>
    event.type === "workflow_parsed"
      ? { ...event, steps: everywhere(event.steps, rewrite) }
      : event,
  );

const withJoins = (
  def: StepDef,
  join: (mode: string) => NonNullable<StepDef["joins"]>[string] | undefined,
): StepDef => {
  if (def.joins === undefined) return def;
  const { joins, ...rest } = def;
  const kept = Object.entries(joins).flatMap(([id, mode]) => {
    const other = join(mode);
    return other === undefined ? [] : [[id, other] as const];
  });
  return { ...rest, joins: Object.fromEntries(kept) };
};

const edges: readonly PlantedBug[] = [
  rewrites("`done` is taken for `ok`", (def) =>
    withJoins(def, (mode) => (mode === "done" ? undefined : (mode as "listed"))),
  ),
  rewrites("a skip through an edge is taken for the step's own under `listed`", (def) =>
    withJoins(def, (mode) => (mode === "listed" ? "ok-or-skipped" : (mode as "done"))),
  ),
  rewrites("a step under `any` asks for no completion", ({ join: _, ...def }) => def),
  rewrites("an edge between two steps of a group is forgotten", (def) =>
    def.steps === undefined
      ? def
      : { ...def, steps: def.steps.map((inner) => ({ ...inner, dependencies: [], joins: {} })) },
  ),
  mishears("a skipped group does not skip what needs it", (event) => {
    if (event.type !== "workflow_parsed") return event;
    const isGroup = new Set(
      event.steps.flatMap(({ id, steps }) => (steps === undefined ? [] : [id])),
    );
    const steps = event.steps.map((def) => {
      const loosened = def.dependencies.filter((id) => isGroup.has(id) && !def.joins?.[id]);
      const joins = Object.fromEntries(loosened.map((id) => [id, "ok-or-skipped" as const]));
      return { ...def, joins: { ...def.joins, ...joins } };
    });
    return { ...event, steps };
  }),
];

const conditions: readonly PlantedBug[] = [
  rewrites("a condition that cannot be evaluated counts as false", (def) =>
    def.if?.includes("[1]") === true ? { ...def, if: "false" } : def,
  ),
  rewrites("a condition is ignored inside a group", (def) => {
    if (def.steps === undefined) return def;
    return { ...def, steps: def.steps.map(({ if: _, ...inner }) => inner) };
  }),
];

const items: readonly PlantedBug[] = [
  rewrites("the index of an item is taken for its key", (def) =>
    def.foreach !== undefined && Array.isArray(def.foreach.in)
      ? { ...def, foreach: { ...def.foreach, in: def.foreach.in.map((_, index) => index) } }
      : def,
  ),
  rewrites("the concurrency of a fan-out is ignored", (def) => {
    if (def.foreach === undefined) return def;
    const { concurrency: _, ...foreach } = def.foreach;
    return { ...def, foreach };
  }),
  rewrites("a fan-out does not tolerate a failed item", (def) =>
    def.foreach === undefined ? def : { ...def, continueOnError: false },
  ),
];

const rounds: readonly PlantedBug[] = [
  rewrites("a round begins before the last step of the round before has settled", (def) => {
    const last = def.loop === undefined ? undefined : def.steps?.at(-1);
    if (def.steps === undefined || last === undefined || def.steps.length === 1) return def;
    const steps = def.steps.slice(0, -1).map((inner) => ({
      ...inner,
      dependencies: inner.dependencies.filter((id) => id !== last.id),
    }));
    return { ...def, steps };
  }),
  rewrites("a loop stops one round early", (def) =>
    def.loop === undefined
      ? def
      : { ...def, loop: { ...def.loop, max: Math.max(1, def.loop.max - 1) } },
  ),
  rewrites("the time between two rounds is not waited for", (def) => {
    if (def.loop === undefined) return def;
    const { everyMs: _, ...loop } = def.loop;
    return { ...def, loop };
  }),
  misasks("the next round has no timer", (asked) => asked.filter(({ type }) => type !== "wake_at")),
  {
    ...breaks("a resumed run forgets the timers of its rounds", () => ({
      resume(shell) {
        const steps = Context.steps(Machine.context(shell.machine));
        for (const { id, status, attemptNumber } of steps)
          if (status === "running") shell.interrupt(id, attemptNumber);
        for (const { status, retryAt } of steps)
          if (status === "waiting" && retryAt !== undefined) shell.wakeAt(retryAt);
        shell.wake();
      },
    })),
    // The machine would ask for them again.
    core: (sound) => ({
      ...sound,
      wake: (machine, at) => sound.wake(machine, at).filter(({ type }) => type !== "wake_at"),
    }),
  },
];

const outputs: readonly PlantedBug[] = [
  rewrites("a group gives the map of its steps in place of its outputs", (def) => {
    const { outputs: _, ...rest } = def;
    return rest;
  }),
  mishears("the outputs of a workflow cannot fail it", (event) => {
    if (event.type !== "workflow_parsed") return event;
    const { outputs: _, ...rest } = event;
    return rest;
  }),
];

const answers: readonly PlantedBug[] = [
  mishears("an answer that does not fit uses up a retry", (event) =>
    event.type === "step_failed" && event.reason === "invalid_output"
      ? { ...event, reason: "error" }
      : event,
  ),
  rewrites("an agent is asked again once too often", (def) =>
    def.reasks === undefined ? def : { ...def, reasks: def.reasks + 1 },
  ),
];

const records: readonly PlantedBug[] = [
  {
    name: "a checkpoint forgets what a restore has kept",
    core: (sound) => ({
      ...sound,
      snapshot(machine, since) {
        const { offers: _, ...snapshot } = sound.snapshot(machine, since);
        return snapshot;
      },
    }),
  },
  {
    name: "a checkpoint forgets the rounds of a loop",
    core: (sound) => ({
      ...sound,
      snapshot(machine, since) {
        const snapshot = sound.snapshot(machine, since);
        return { ...snapshot, steps: snapshot.steps.filter(({ id }) => !/#[2-9]/.test(id)) };
      },
    }),
  },
];

export const languageBugs: readonly PlantedBug[] = [
  ...edges,
  ...conditions,
  ...items,
  ...rounds,
  ...outputs,
  ...answers,
  ...records,
];
