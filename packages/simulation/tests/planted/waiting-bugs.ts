import { Context, Machine, type RunPolicy, type StepDef } from "@automatosx/rescript-core";
import { rewrites } from "./language-bugs.ts";
import { misanswers, misasks, mishears, type PlantedBug } from "./planted-bug.ts";

const answers: readonly PlantedBug[] = [
  mishears("an answer to an older question is taken for one to the newest", (event, machine) => {
    if (event.type !== "gate_answered") return event;
    const step = Context.step(Machine.context(machine), event.stepId);
    return { ...event, attemptNumber: step?.attemptNumber ?? event.attemptNumber };
  }),
  misanswers("an answer resumes a paused run", (outcome, { event, at, sound }) =>
    outcome.ok && event.type === "gate_answered" && Machine.state(outcome.machine) === "paused"
      ? sound.transition(outcome.machine, { type: "resume_workflow" }, at)
      : outcome,
  ),
  mishears("a rejection counts as an approval", (event) =>
    event.type === "gate_answered" && !event.approved
      ? { ...event, approved: true, values: { ok: true, n: 0 } }
      : event,
  ),
  mishears("a signal that a sender repeats counts twice", (event) => {
    if (event.type !== "signal_received") return event;
    const { signalId: _, ...rest } = event;
    return rest;
  }),
  rewrites("the form of a gate is not checked", (def) =>
    def.gate === undefined ? def : { ...def, gate: { ...def.gate, form: { type: "object" } } },
  ),
  rewrites("a gate never expires", (def) => {
    if (def.gate === undefined) return def;
    const { expiresMs: _, ...gate } = def.gate;
    return { ...def, gate };
  }),
];

const failures: readonly PlantedBug[] = [
  rewrites("an effect of unknown outcome is tried again", ({ effect: _, ...def }) => def),
  rewrites("the agent that takes over is tried only once", (def) =>
    def.fallback === undefined ? def : { ...def, retries: 0 },
  ),
  mishears("the agent that takes over inherits the failures of the first", (event, machine) => {
    if (event.type !== "step_failed" || event.reason === "interrupted") return event;
    const step = Context.step(Machine.context(machine), event.stepId);
    const hasTakenOver = step?.detail?.agentIndex !== undefined;
    return hasTakenOver && step.failureCount > step.retries
      ? { ...event, reason: "invalid" }
      : event;
  }),
  mishears("a check passes whatever its judge says", (event) =>
    event.type === "step_completed" && /:check-\d+$/.test(event.stepId)
      ? { ...event, result: { pass: true } }
      : event,
  ),
  rewrites("the total time of a step is ignored", ({ totalTimeout: _, ...def }) => def),
  rewrites("every class of failure is tried again", (def) =>
    def.retryOn === undefined
      ? def
      : { ...def, retryOn: ["error", "timeout", "transient", "refused", "invalid"] },
  ),
  rewrites("a step continues no conversation", ({ session: _, ...def }) => def),
];

const ends: readonly PlantedBug[] = [
  misasks("a stop leaves an item running", (asked, event, before, after) => {
    const hasStopped = isStopped(after) && !isStopped(before);
    return hasStopped ? asked.filter(({ type }) => type !== "abort_steps") : asked;
  }),
  misanswers("the first cancel ends a run that has handlers", (outcome, { event, at, sound }) =>
    outcome.ok &&
    event.type === "cancel_workflow" &&
    Machine.state(outcome.machine) === "executing_steps"
      ? sound.transition(outcome.machine, event, at)
      : outcome,
  ),
  {
    name: "a checkpoint forgets that the handlers have begun",
    core: (sound) => ({
      ...sound,
      snapshot(machine, since) {
        const { ending: _, ...snapshot } = sound.snapshot(machine, since);
        return snapshot;
      },
    }),
  },
  mishears("the handlers of a failure are left out", (event) => {
    if (event.type !== "workflow_parsed" || event.handlers === undefined) return event;
    const { failure: _, ...handlers } = event.handlers;
    return { ...event, handlers };
  }),
];

const isStopped = (machine: Parameters<typeof Machine.context>[0]): boolean =>
  Machine.snapshot(machine, undefined).ending?.stopped !== undefined;

type AgentLimits = NonNullable<RunPolicy["agentLimits"]>;

/** A core that is given other limits of its agents than the workflow has. */
const limits = (
  name: string,
  change: (limit: AgentLimits[string]) => AgentLimits[string],
): PlantedBug =>
  mishears(name, (event) => {
    if (event.type !== "workflow_parsed" || event.policy?.agentLimits === undefined) return event;
    const changed = Object.entries(event.policy.agentLimits).map(
      ([agent, limit]) => [agent, change(limit)] as const,
    );
    return { ...event, policy: { ...event.policy, agentLimits: Object.fromEntries(changed) } };
  });

const money: readonly PlantedBug[] = [
  mishears("a limit of a provider uses up a retry", (event) =>
    event.type === "step_failed" && event.reason === "rate_limit"
      ? { ...event, reason: "error" }
      : event,
  ),
  mishears("a failed attempt costs nothing", (event) => {
    if (event.type !== "step_failed" || event.usage === undefined) return event;
    return { ...event, usage: { usd: 0, tokens: 0 } };
  }),
  limits("the rates of agents are ignored", ({ rate: _, ...limit }) => limit),
  limits("only the agent itself is parked, not its scope", ({ scope: _, ...limit }) => limit),
  rewrites("what a step reserves is not held back", ({ reserve: _, ...def }: StepDef) => def),
  {
    name: "a checkpoint forgets the signals that were kept",
    core: (sound) => ({
      ...sound,
      snapshot(machine, since) {
        const { signals: _, ...snapshot } = sound.snapshot(machine, since);
        return snapshot;
      },
    }),
  },
];

/** Bugs in what a run waits for, in failures, in its end, and in money. */
export const waitingBugs: readonly PlantedBug[] = [...answers, ...failures, ...ends, ...money];
