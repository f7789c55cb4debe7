import type { StepDef } from "@automatosx/rescript-core";
import { Instance } from "./Instance.js";
import type { RunNames } from "./names.js";

/** The two lists of steps that a run performs at its end. */
export type HandlerKind = "failure" | "always";

/** The instances of a run, by their paths. */
export class InstanceStore {
  /** Every instance that has existed, each after the one around it. */
  readonly instances: Instance[] = [];
  /** The steps of the workflow itself. */
  readonly steps: readonly Instance[];
  readonly names: RunNames;
  /** What is around the steps of a handler; it is no instance itself. */
  protected readonly handlers = new Map<HandlerKind, Instance>();
  /** What may still change. */
  protected unsettled: Instance[] = [];
  readonly #byPath = new Map<string, Instance>();

  constructor(
    defs: readonly StepDef[],
    roots: Readonly<Record<string, unknown>>,
    from: InstanceStore | undefined,
  ) {
    this.steps =
      from === undefined
        ? defs.map((def) => this.add(def.id, def, "step", undefined))
        : this.#copy(from);
    this.names = { roots, steps: this.steps };
  }

  /** What is not settled. */
  get open(): readonly Instance[] {
    return this.unsettled;
  }

  at(path: string): Instance | undefined {
    return this.#byPath.get(path);
  }

  /** The steps of a handler; undefined before it is entered. */
  stepsOf(kind: HandlerKind): readonly Instance[] | undefined {
    return this.handlers.get(kind)?.inside;
  }

  /** Makes what is around the steps of a handler. */
  protected handlerOf(kind: HandlerKind, def: StepDef, names: Instance["names"]): Instance {
    const around = new Instance(def.id, def, "step", undefined, names);
    around.status = "open";
    this.handlers.set(kind, around);
    return around;
  }

  protected add(
    path: string,
    def: StepDef,
    role: Instance["role"],
    owner: Instance | undefined,
    names: Instance["names"] = {},
  ): Instance {
    const instance = new Instance(path, def, role, owner, names);
    const known = this.#byPath.get(path);
    // A check is made again for another answer; its attempts are counted on.
    if (known === undefined) this.instances.push(instance);
    else {
      instance.attemptNumber = known.attemptNumber;
      this.instances[this.instances.indexOf(known)] = instance;
    }
    this.#byPath.set(path, instance);
    this.unsettled.push(instance);
    return instance;
  }

  remove(instance: Instance): void {
    this.#byPath.delete(instance.path);
    this.instances.splice(this.instances.indexOf(instance), 1);
    this.unsettled = this.unsettled.filter((other) => other !== instance);
    if (instance.owner?.attached === instance) instance.owner.attached = undefined;
  }

  /** Removes what is inside an instance, if all of it was cancelled. */
  removeInside(around: Instance): void {
    const inside = this.instances.filter((other) => other.around.slice(1).includes(around));
    if (!inside.every(({ status, role }) => status === "cancelled" && role !== "attached")) return;
    for (const inner of inside) this.remove(inner);
    around.inside = [];
  }

  #copy(from: InstanceStore): readonly Instance[] {
    const copies = new Map<Instance, Instance>();
    const copyOf = (other: Instance): Instance => copies.get(other) ?? other;
    for (const [kind, handler] of from.handlers) {
      const copy = handler.copy(copyOf);
      copies.set(handler, copy);
      this.handlers.set(kind, copy);
    }
    for (const instance of from.instances) {
      const copy = instance.copy(copyOf);
      copies.set(instance, copy);
      this.instances.push(copy);
      this.#byPath.set(copy.path, copy);
      if (!copy.isSettled) this.unsettled.push(copy);
    }
    for (const [instance, copy] of copies) {
      copy.inside = instance.inside.map(copyOf);
      copy.attached = instance.attached && copyOf(instance.attached);
    }
    return from.steps.map(copyOf);
  }
}
