import type { StepDef } from "@automatosx/rescript-core";
import { ExpressionFailure } from "./ExpressionFailure.js";
import type { Scope } from "./evaluate.js";
import type { Instance } from "./Instance.js";
import type { InstanceStore } from "./InstanceStore.js";
import { readItems } from "./items.js";
import { isMap } from "./json-values.js";
import { scopeOf } from "./names.js";
import { dependenciesOf } from "./previous-results.js";
import { sourceOfSession } from "./sessions.js";
import { fillValue, renderText } from "./template.js";

/**
 * What a leaf is asked, as one text: two leaves are asked the same if and only if their texts are
 * equal. A request that cannot be rendered is equal to any other that cannot.
 */
export function requestOf(leaf: Instance, store: InstanceStore): string {
  try {
    return JSON.stringify(sorted(partsOf(leaf, store)));
  } catch (error) {
    if (!(error instanceof ExpressionFailure)) throw error;
    return "it cannot be rendered";
  }
}

/** What a step around others is asked: its steps as they are written, and what it is given. */
export function subtreeOf(around: Instance, store: InstanceStore): string {
  const { totalTimeout: _, ...def } = around.def;
  const steps = [...dependenciesOf(around, store.names)].map(([id, { status, result }]) =>
    status === "completed" ? { id, result } : { id },
  );
  try {
    const items = around.form === "foreach" ? readItems(around, store.names) : [];
    return JSON.stringify(sorted({ def, steps, items }));
  } catch (error) {
    if (!(error instanceof ExpressionFailure)) throw error;
    return "it cannot be entered";
  }
}

function partsOf(leaf: Instance, store: InstanceStore): Readonly<Record<string, unknown>> {
  const { def, form } = leaf;
  const scope = scopeOf(leaf, store.names);
  const { gate, wait } = def;
  if (wait !== undefined && wait.signal === undefined) return { form };
  const steps = [...dependenciesOf(leaf, store.names)].map(([id, { status, result, files }]) =>
    status === "completed" ? { id, result, files } : { id },
  );
  if (gate !== undefined) {
    const { ask, show, form: values } = gate;
    return { form, steps, ask: renderText(ask, scope), show: fillValue(show, scope), values };
  }
  if (wait?.signal !== undefined)
    return { form, steps, signal: renderText(wait.signal, scope), values: wait.form };
  const { task, with: given, files = [], output, check, fallback } = def;
  return {
    form,
    steps,
    task: renderText(task, scope),
    with: fillValue(given, scope),
    run: def.run && renderedRun(def.run, scope),
    files: files.map((file) => renderText(file, scope)),
    output,
    check,
    agents: [leaf.firstAgentId, ...(fallback?.agents ?? [])],
    item: itemAround(leaf),
    session: sessionPart(leaf, store),
  };
}

/** A program: values stand in its arguments and its environment, never in a script. */
export function renderedRun(run: NonNullable<StepDef["run"]>, scope: Scope) {
  const text = (value: string): string => renderText(value, scope);
  const { command, script, shell, env, dir, input, okExitCodes } = run;
  return {
    ...(command !== undefined && {
      command: command.map((word, index) => (index === 0 ? word : text(word))),
    }),
    ...(script !== undefined && { script: script.replaceAll("$${{", "${{") }),
    ...(shell !== undefined && { shell }),
    ...(env !== undefined && {
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, text(value)])),
    }),
    ...(dir !== undefined && { dir: text(dir) }),
    ...(input !== undefined && { input: text(input) }),
    ...(okExitCodes !== undefined && { okExitCodes }),
  };
}

/** The item of the innermost fan-out around a leaf, in a list of one; empty without any. */
function itemAround(leaf: Instance): readonly unknown[] {
  const item = leaf.around.find(({ role }) => role === "item");
  return item === undefined ? [] : [item.names[item.def.foreach?.as ?? "item"]];
}

function sessionPart(leaf: Instance, store: InstanceStore): unknown {
  const source = sourceOfSession(leaf, store);
  if (source === undefined) return leaf.def.session && null;
  const { path, status, result } = source;
  return {
    path,
    request: requestOf(source, store),
    result: status === "completed" ? result : null,
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}
