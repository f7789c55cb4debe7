import type { StepDef } from "@automatosx/rescript-core";
import { ExpressionFailure } from "./ExpressionFailure.js";
import type { Scope } from "./evaluate.js";
import type { Instance } from "./Instance.js";
import type { InstanceStore } from "./InstanceStore.js";
import { isMap } from "./json-values.js";
import { scopeOf } from "./names.js";
import { dependenciesOf } from "./previous-results.js";
import { sourceOfSession } from "./sessions.js";
import { fillValue, renderText } from "./template.js";

/** What a leaf is asked. */
export interface Asked {
  /** Two leaves have the same request if and only if their texts are equal. */
  readonly text: string;
  /** True if all of it could be rendered. */
  readonly isWhole: boolean;
}

export function requestOf(leaf: Instance, store: InstanceStore): Asked {
  let isWhole = true;
  const rendered = Object.entries(partsOf(leaf, store)).map(([name, part]) => {
    try {
      return [name, { is: part() }];
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      isWhole = false;
      return [name, { failed: error.message }];
    }
  });
  return { text: JSON.stringify(sorted(Object.fromEntries(rendered))), isWhole };
}

type Parts = Readonly<Record<string, () => unknown>>;

function partsOf(leaf: Instance, store: InstanceStore): Parts {
  const { def, form } = leaf;
  const scope = scopeOf(leaf, store.names);
  const { gate, wait } = def;
  const kind = (): unknown => form;
  if (wait !== undefined && wait.signal === undefined) return { kind };
  const steps = (): unknown =>
    Object.fromEntries(
      [...dependenciesOf(leaf, store.names)].map(([id, { status, result, files }]) => [
        id,
        status === "completed" ? { result, files } : null,
      ]),
    );
  if (gate !== undefined) {
    const { ask, show, form: values } = gate;
    const question = (): unknown => [renderText(ask, scope), fillValue(show, scope), values];
    return { kind, steps, question };
  }
  if (wait?.signal !== undefined) {
    const { signal, form: values } = wait;
    return { kind, steps, signal: () => [renderText(signal, scope), values] };
  }
  const { task, with: given, files = [], output, check, fallback, run } = def;
  return {
    kind,
    steps,
    task: () => renderText(task, scope),
    with: () => fillValue(given, scope),
    run: () => run && renderedRun(run, scope),
    files: () => files.map((file) => renderText(file, scope)),
    output: () => output,
    check: () => check,
    agents: () => [leaf.firstAgentId, ...(fallback?.agents ?? [])],
    item: () => itemAround(leaf),
    session: () => sessionPart(leaf, store),
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
