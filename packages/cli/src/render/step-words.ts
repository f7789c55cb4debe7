import type { StepDefinition } from "@automatosx/schemas";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { cutToWidth } from "./display-width.js";
import { count, duration } from "./words.js";

/** The maximum width of an expression in a table or a drawing. */
const EXPRESSION_WIDTH = 60;

/** The maximum width of the path of an included file. */
const SOURCE_WIDTH = 40;

/** The maximum number of agents of a set that are named. */
const AGENT_LIMIT = 4;

/**
 * Who performs a step: an agent, one of several, or a program; or what the step is instead: a gate,
 * a wait, a stop, an included file, a run of its own. Empty for any other step with others inside.
 */
export function performerOf({
  agentId,
  choice,
  run,
  steps,
  gate,
  wait,
  stop,
  module,
  workflow,
}: Pick<StepDefinition, "agentId"> & Partial<StepDefinition>): string {
  if (workflow !== undefined) return `run of ${cleanLine(workflow.workflowId)}`;
  if (module !== undefined) return `include ${cutToWidth(cleanLine(module.source), SOURCE_WIDTH)}`;
  if (gate !== undefined) return "(gate)";
  if (wait !== undefined) return wait.signal === undefined ? "(wait)" : "(signal)";
  if (stop !== undefined) return "(stop)";
  if (choice !== undefined) {
    const named = choice.oneOf.slice(0, AGENT_LIMIT).map(cleanLine);
    return `one of ${named.join(", ")}${choice.oneOf.length > named.length ? ", …" : ""}`;
  }
  if (run !== undefined) {
    const [program = "", ...args] = run.command ?? [];
    return run.script === undefined
      ? cutToWidth(cleanLine([program, ...args].join(" ")), EXPRESSION_WIDTH)
      : "(script)";
  }
  return steps === undefined ? cleanLine(agentId) : "";
}

/**
 * When and how often a step is performed, and what it waits for: `if …`, `for each of …`, `up to 4
 * rounds`, `asks …`.
 */
export function ruleOf(step: Partial<StepDefinition>): string {
  const { if: condition, foreach, loop } = step;
  return [
    ...(condition === undefined ? [] : [`if ${expression(condition)}`]),
    ...(foreach === undefined ? [] : [fanOut(foreach)]),
    ...(loop === undefined ? [] : [rounds(loop)]),
    ...waitOf(step),
    ...outcomeOf(step),
  ].join(", ");
}

function waitOf({ gate, wait, stop }: Partial<StepDefinition>): readonly string[] {
  if (gate !== undefined)
    return [
      `asks ${expression(JSON.stringify(gate.ask))}`,
      ...(gate.expiresMs === undefined
        ? []
        : [`${gate.onExpire} after ${duration(gate.expiresMs)}`]),
    ];
  if (wait?.signal !== undefined) return [`waits for ${expression(wait.signal)}`];
  if (wait?.until !== undefined) return [`waits until ${expression(wait.until)}`];
  if (wait?.forMs !== undefined) return [`waits ${duration(wait.forMs)}`];
  return stop === undefined ? [] : [`ends the run as ${stop.as}`];
}

/** What decides the outcome of a step besides its agent. */
function outcomeOf({ check, effect, fallback, session }: Partial<StepDefinition>): string[] {
  return [
    ...(check === undefined ? [] : [count(check.length, "check")]),
    ...(effect === undefined ? [] : [effect]),
    ...(fallback === undefined ? [] : [`then ${fallback.agents.map(cleanLine).join(", ")}`]),
    ...(session === undefined ? [] : [`session of ${cleanLine(session.from)}`]),
  ];
}

/** What a step waits for, with the mode of each dependency that is not `ok`. */
export function waitsFor({
  dependencies,
  joins,
  join,
}: Pick<StepDefinition, "dependencies" | "joins" | "join">): string {
  const named = dependencies.map((id) => {
    const mode = joins?.[id];
    return mode === undefined ? id : `${id} (${mode})`;
  });
  return join === undefined ? named.join(", ") : `any of ${named.join(", ")}`;
}

function fanOut({ in: items, concurrency }: NonNullable<StepDefinition["foreach"]>): string {
  const what = Array.isArray(items) ? count(items.length, "item") : expression(String(items));
  return `for each of ${what}${concurrency === undefined ? "" : `, ${concurrency} at once`}`;
}

function rounds({ max, until }: NonNullable<StepDefinition["loop"]>): string {
  return until === undefined
    ? count(max, "round")
    : `up to ${count(max, "round")}, until ${expression(until)}`;
}

function expression(text: string): string {
  return cutToWidth(cleanLine(text), EXPRESSION_WIDTH);
}
