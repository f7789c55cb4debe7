import {
  type FailureReason,
  type PauseReason,
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../../src/index.js";
import { graphBuilt, initiate, step } from "../machines.js";
import type { Scenario } from "./read-scenario.js";

/** The words after an event's name, and the context that an event may use. */
interface Words {
  readonly words: readonly string[];
  readonly scenario: Scenario;
  readonly machine: WorkflowMachine;
}

type EventOf<Type extends WorkflowEvent["type"]> = Extract<WorkflowEvent, { type: Type }>;
type Reader<Type extends WorkflowEvent["type"]> = (words: Words) => Omit<EventOf<Type>, "type">;

const nothing = () => ({});
const json = (word: string | undefined): unknown => JSON.parse(word ?? "null");
const text = (word: string | undefined): string => String(json(word));

/** Reads `a#1`, the first attempt at the step `a`, or `a#2#1`, that at its second round. */
export function readAttempt(word = ""): { stepId: string; attemptNumber: number } {
  const at = word.lastIndexOf("#");
  return { stepId: word.slice(0, at), attemptNumber: Number(word.slice(at + 1)) };
}

/** The value of `name value` among the words. */
function named(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at === -1 ? undefined : words[at + 1];
}

/** The field with this name, unless its value is undefined. */
const present = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: Value };

const numberOf = (word: string | undefined): number | undefined =>
  word === undefined ? undefined : Number(word);

// What an outcome may carry: `usd 0.5`, `tokens 100`, `agent x`, `session s1`.
function outcome(words: readonly string[]) {
  const usage = {
    ...present("usd", numberOf(named(words, "usd"))),
    ...present("tokens", numberOf(named(words, "tokens"))),
  };
  return {
    ...(Object.keys(usage).length > 0 && { usage }),
    ...present("agent", named(words, "agent")),
    ...present("session", named(words, "session")),
  };
}

// `a="done"` is a completed step and its result.
const resultsOf = (words: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    words.map((word) => {
      const [id = "", ...value] = word.split("=");
      return [id, json(value.join("="))];
    }),
  );

const READERS: { readonly [Type in WorkflowEvent["type"]]: Reader<Type> } = {
  initiate_workflow: () => initiate as EventOf<"initiate_workflow">,
  parse_workflow: nothing,
  workflow_parsed: ({ scenario: { steps, policy, outputs, handlers } }) => ({
    steps: [...steps],
    policy,
    ...(outputs !== undefined && { outputs }),
    ...(handlers !== undefined && { handlers }),
  }),
  parse_failed: ({ words: [error] }) => ({ error: text(error) }),
  validate_workflow: nothing,
  workflow_valid: nothing,
  workflow_invalid: ({ words: [reason] }) => ({ reason: text(reason) }),
  build_graph: nothing,
  // With ids, a graph of those steps instead.
  graph_built: ({ words, scenario: { steps } }) =>
    graphBuilt(words.length > 0 ? words.map((id) => step(id)) : steps) as EventOf<"graph_built">,
  graph_invalid: ({ words: [reason] }) => ({ reason: text(reason) }),
  schedule_steps: ({ machine }) => ({ schedule: RunQueries.graph(machine)?.executionOrder ?? [] }),
  steps_scheduled: nothing,
  execute_step_batch: ({ words }) => ({ stepIds: [...words] }),
  step_completed: ({ words: [id, result, ...rest] }) => ({
    ...readAttempt(id),
    result: json(result),
    ...outcome(rest),
  }),
  step_failed: ({ words: [id, error, ...rest] }) => ({
    ...readAttempt(id),
    error: text(error),
    reason: (named(rest, "reason") ?? "error") as FailureReason,
    chance: Number(named(rest, "chance") ?? 0.5),
    ...outcome(rest),
    ...present("retryAt", numberOf(named(rest, "retryAt"))),
    ...present("scope", named(rest, "scope")),
  }),
  batch_completed: nothing,
  all_steps_completed: nothing,
  create_checkpoint: ({ words: [name] }) => (name === undefined ? {} : { name }),
  checkpoint_created: ({ words: [checkpointId = "", name] }) => ({
    checkpointId,
    ...(name !== undefined && { name }),
  }),
  restore_checkpoint: ({ words: [checkpointId = "", ...rest] }) => {
    const outcomes = rest.filter((word) => word !== "keeps-offers");
    const at = outcomes.indexOf("tolerated");
    const stepResults = resultsOf(at === -1 ? outcomes : outcomes.slice(0, at));
    const completedSteps = Object.keys(stepResults);
    const data = {
      ...{ checkpointId, completedSteps, pendingSteps: [], stepResults },
      ...(outcomes.length < rest.length && { keepsOffers: true }),
    };
    if (at === -1) return { checkpointData: data };
    const toleratedFailures = resultsOf(outcomes.slice(at + 1)) as Record<string, string>;
    return { checkpointData: { ...data, toleratedFailures } };
  },
  checkpoint_restored: nothing,
  aggregate_results: nothing,
  results_aggregated: ({ machine }) => ({ results: RunQueries.results(machine) }),
  complete_workflow: ({ words }) => ({ results: resultsOf(words) }),
  workflow_failed: ({ words: [error, ...rest] }) => {
    const code = named(rest, "code");
    return { error: text(error), ...(code !== undefined && { code }) };
  },
  pause_workflow: ({ words: [reason] }) => present("reason", reason as PauseReason | undefined),
  resume_workflow: nothing,
  cancel_workflow: ({ words: [reason] }) =>
    present("reason", reason === undefined ? undefined : text(reason)),
  reset: nothing,
  steps_due: ({ words }) => ({ stepIds: [...words] }),
  step_answered: ({ words: [id, result, ...rest] }) => ({
    ...readAttempt(id),
    result: json(result),
    ...outcome(rest),
  }),
  // `gate_answered review#1 approved note="fine" by "Ann"`: values, then who answered. `edits` comes
  // before them, with the result in place of that of the step that the gate may edit.
  gate_answered: ({ words: [id, verdict, ...all] }) => {
    const edits = all[0] === "edits" ? json(all[1]) : undefined;
    const rest = edits === undefined ? all : all.slice(2);
    const at = rest.indexOf("by");
    return {
      ...readAttempt(id),
      approved: verdict === "approved",
      values: resultsOf(at === -1 ? rest : rest.slice(0, at)),
      ...present("by", at === -1 ? undefined : text(rest[at + 1])),
      ...present("edits", edits),
    };
  },
  signal_received: ({ words: [name = "", data, ...rest] }) => ({
    name,
    data: data === undefined ? null : json(data),
    ...present("signalId", named(rest, "id")),
  }),
  budget_changed: ({ words }) => ({ budget: resultsOf(words) }),
  // `result_edited plan#1 "better" by "Ann" recipe 2`.
  result_edited: ({ words: [id, result, ...rest] }) => ({
    ...readAttempt(id),
    result: json(result),
    ...goingBack(rest),
  }),
  // `steps_reopened a b downstream`.
  steps_reopened: ({ words }) => ({
    stepIds: words.filter((word) => word !== "downstream"),
    downstream: words.includes("downstream"),
    recipe: 1,
  }),
  // `definition_changed h2 inputs {"depth":2}`: the steps of the `amended` lines. With `same`, those
  // of the `step` lines; with `after`, a graph of the steps that follow.
  definition_changed: ({ words: [definitionHash = "", ...rest], scenario }) => {
    const at = rest.indexOf("after");
    const { amended, policy, outputs, handlers } = scenario;
    const steps = rest.includes("same") ? scenario.steps : amended;
    const nodes = at === -1 ? steps : rest.slice(at + 1).map((id) => step(id));
    const { type: _, ...graph } = graphBuilt([...nodes]) as EventOf<"graph_built">;
    const inputs = named(rest, "inputs");
    return {
      definitionHash,
      steps: [...steps],
      ...graph,
      policy,
      ...(handlers !== undefined && { handlers }),
      ...(outputs !== undefined && { outputs }),
      ...(inputs !== undefined && { inputs: json(inputs) as Record<string, unknown> }),
      ...goingBack(rest),
    };
  },
};

/** What the events that go back have in common. */
function goingBack(words: readonly string[]) {
  const by = named(words, "by");
  return {
    recipe: Number(named(words, "recipe") ?? 1),
    ...present("by", by === undefined ? undefined : text(by)),
  };
}

const WORD = /(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g;

/** Reads an event as a scenario writes it, such as `step_failed a#1 "boom" reason timeout`. */
export function readEvent(
  line: string,
  scenario: Scenario,
  machine: WorkflowMachine,
): WorkflowEvent {
  const [type = "", ...words] = line.match(WORD) ?? [];
  const read = (READERS as Readonly<Record<string, (words: Words) => object>>)[type];
  if (read === undefined)
    throw new Error(`\`${type}\` is not an event; docs/reference/transitions.md lists them.`);
  return { type, ...read({ words, scenario, machine }) } as WorkflowEvent;
}

/** Writes an event that the machine sends itself in the form that `readEvent` reads. */
export function writeEvent(event: WorkflowEvent): string {
  switch (event.type) {
    case "execute_step_batch":
    case "steps_due":
      return [event.type, ...event.stepIds].join(" ");
    case "create_checkpoint":
      return [event.type, event.name, event.kind].filter((word) => word !== undefined).join(" ");
    case "workflow_failed":
      return `${event.type} ${JSON.stringify(event.error)} code ${event.code}`;
    case "cancel_workflow":
      return event.reason === undefined
        ? event.type
        : `${event.type} ${JSON.stringify(event.reason)}`;
    case "pause_workflow":
      return [event.type, event.reason].filter((word) => word !== undefined).join(" ");
    default:
      return event.type;
  }
}
