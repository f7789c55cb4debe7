import type { Scope } from "./evaluate.js";
import type { Instance } from "./Instance.js";
import { mapOf } from "./json-values.js";

/** What the names of a run stand for, whatever the step. */
export interface RunNames {
  readonly roots: Readonly<Record<string, unknown>>;
  /** The steps of the workflow itself. */
  readonly steps: readonly Instance[];
}

function described({ status, result, error, def, inside }: Instance): unknown {
  return {
    output: status === "completed" ? result : null,
    status,
    error,
    ...(def.loop !== undefined && { rounds: inside.length }),
  };
}

/** The steps around an instance that it may name, those of the innermost group first. */
function* stepsAround(from: Instance | undefined, run: RunNames): Generator<Instance> {
  for (let at = from; at !== undefined; at = at.owner) {
    yield* at.innerSteps;
    // An included workflow sees nothing outside it.
    if (at.moduleNames !== undefined) return;
  }
  yield* run.steps;
}

function scopeAround(
  from: Instance | undefined,
  run: RunNames,
  own: Readonly<Record<string, unknown>>,
  alsoSteps: readonly (readonly [string, Instance])[] = [],
): Scope {
  const steps = (): unknown => {
    const known = new Map<string, unknown>(
      alsoSteps.map(([id, instance]) => [id, described(instance)]),
    );
    for (const instance of stepsAround(from, run))
      if (instance.isSettled && !known.has(instance.def.id))
        known.set(instance.def.id, described(instance));
    return mapOf(known);
  };
  return (name) => {
    if (name === "steps") return steps();
    if (Object.hasOwn(own, name)) return own[name];
    for (let at = from; at !== undefined; at = at.owner) {
      if (at.moduleNames !== undefined) return ownOrShared(at.moduleNames, run, name);
      if (Object.hasOwn(at.names, name)) return at.names[name];
    }
    return Object.hasOwn(run.roots, name) ? run.roots[name] : undefined;
  };
}

/** The names of an included workflow, and those that all files of a run share. */
function ownOrShared(names: Instance["names"], { roots }: RunNames, name: string): unknown {
  if (Object.hasOwn(names, name)) return names[name];
  return name === "run" || name === "secrets" ? roots[name] : undefined;
}

/** What a step, an item or a round sees: everything around it, and its own item or round. */
export const scopeOf = (
  { owner, names }: Instance,
  run: RunNames,
  own: Readonly<Record<string, unknown>> = {},
): Scope => scopeAround(owner, run, { ...names, ...own });

/** What the `outputs` of a group see: also its inner steps. */
export const scopeInside = (group: Instance, run: RunNames): Scope => scopeAround(group, run, {});

/**
 * What `until` sees: the round, with its inner steps or, without them or where they are those of
 * an included workflow, the step itself.
 */
export function scopeOfUntil(round: Instance, run: RunNames): Scope {
  const itself = [[round.def.id, round]] as const;
  return round.moduleNames === undefined
    ? scopeAround(round, run, {}, round.form === "group" ? [] : itself)
    : scopeAround(round.owner, run, round.names, itself);
}

/** What the `outputs` of the workflow see. */
export const scopeOfRun = (run: RunNames): Scope => scopeAround(undefined, run, {});
