import type { AgentDefinition, StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { STEP_KINDS } from "@automatosx/schemas/written";
import { agent as checkAgent } from "../checks/agent-check.js";
import { WorkflowError } from "../errors.js";
import { agentsOf, attachedSteps } from "../every-step.js";
import { messageOf } from "../message-of.js";
import type { Agent } from "./AgentPort.js";

/**
 * Makes an agent from an entry of a workflow file's `agents:` map, as `agentFromDefinition` of
 * @automatosx/agents does. `place.workflow` is the workflow whose steps the agent performs.
 */
export type AgentFactory = (
  definition: AgentDefinition,
  agentId: string,
  place: { readonly workflow: WorkflowDefinition },
) => Agent;

/** Agents by id; `*` applies to every id without its own agent. */
export type AgentMap = Readonly<Record<string, Agent>>;

/** The ids of what performs steps without being an agent. */
const BUILT_IN: ReadonlySet<string> = new Set(STEP_KINDS);

/** A step without its agent. */
interface Lacking {
  readonly id: string;
  /** The step of the workflow that contains it, or the step itself. Absent in a handler. */
  readonly root?: string;
  readonly agentId: string;
}

/**
 * Finds a step's agent: the one registered in code, else the one defined in the workflow file, else
 * `*`. The performer of `run` steps, `@run`, is built in: only an agent registered under that very
 * id, as in a simulation, takes its place.
 */
export class AgentDirectory {
  readonly #registered: ReadonlyMap<string, Agent>;
  readonly #factory: AgentFactory | undefined;
  readonly #builtIn: AgentMap;
  readonly #ofDefinitions = new WeakMap<WorkflowDefinition, Map<string, Agent>>();

  constructor(agents: AgentMap, factory?: AgentFactory, builtIn: AgentMap = {}) {
    this.#registered = new Map(Object.entries(agents));
    this.#factory = factory;
    this.#builtIn = builtIn;
  }

  find(definition: WorkflowDefinition, agentId: string): Agent | undefined {
    const registered = this.#registered.get(agentId);
    if (registered !== undefined) return registered;
    if (BUILT_IN.has(agentId)) return this.#builtIn[agentId];
    return this.#fromFile(definition, agentId) ?? this.#registered.get("*");
  }

  /**
   * Throws `unknown_agent` if a step uses an agent that cannot be found. `stepsLeft` returns the
   * root steps that still need one; by default, all do.
   */
  check(definition: WorkflowDefinition, stepsLeft?: () => ReadonlySet<string>): void {
    const { failure = [], always = [] } = definition.on ?? {};
    const without = [
      ...definition.steps.flatMap((step) => this.#without(definition, step, step.id)),
      ...[...failure, ...always].flatMap((step) => this.#without(definition, step)),
    ];
    if (without.length === 0) return;
    const left = stepsLeft?.();
    const missing = new Map<string, string[]>();
    for (const { root, id, agentId } of without) {
      if (root !== undefined && left?.has(root) === false) continue;
      missing.set(agentId, [...(missing.get(agentId) ?? []), id]);
    }
    if (missing.size === 0) return;
    const names = [...missing].map(
      ([agentId, steps]) =>
        `\`${agentId}\` (for ${steps.slice(0, 3).join(", ")}${steps.length > 3 ? ", …" : ""})`,
    );
    throw new WorkflowError("unknown_agent", `No agent is registered for ${names.join(", ")}.`, {
      remedy: this.#remedy(definition, [...missing.keys()]),
    });
  }

  /** The agents of a step and of its inner steps that cannot be found. */
  #without(definition: WorkflowDefinition, step: StepDefinition, root?: string): Lacking[] {
    const inside = [...(step.steps ?? []), ...attachedSteps(step)];
    const own = agentsOf(step)
      .filter((agentId) => this.find(definition, agentId) === undefined)
      .map((agentId) => ({ ...(root !== undefined && { root }), id: step.id, agentId }));
    return [...own, ...inside.flatMap((step) => this.#without(definition, step, root))];
  }

  #remedy(definition: WorkflowDefinition, missing: readonly string[]): string {
    const isInFile = missing.every((agentId) => Object.hasOwn(definition.agents, agentId));
    if (isInFile)
      return (
        "The workflow file defines them: open the engine with " +
        "`agentFactory: agentFromDefinition` of @automatosx/agents."
      );
    const known = [
      ...new Set([...this.#registered.keys(), ...Object.keys(definition.agents)]),
    ].filter((id) => id !== "*");
    const registered =
      known.length === 0 ? "No agent is registered" : `Registered: ${known.join(", ")}`;
    return (
      `${registered}. ` +
      "Register it in code, define it under `agents:` in the workflow file, or add it to an " +
      "agents.yaml."
    );
  }

  #fromFile(definition: WorkflowDefinition, agentId: string): Agent | undefined {
    if (!Object.hasOwn(definition.agents, agentId) || this.#factory === undefined) return undefined;
    const made = this.#ofDefinitions.get(definition) ?? new Map<string, Agent>();
    this.#ofDefinitions.set(definition, made);
    const agent = made.get(agentId) ?? this.#make(definition, agentId);
    if (agent !== undefined) made.set(agentId, agent);
    return agent;
  }

  #make(workflow: WorkflowDefinition, agentId: string): Agent | undefined {
    const definition = workflow.agents[agentId] as AgentDefinition;
    try {
      const agent = this.#factory?.(definition, agentId, { workflow });
      if (agent !== undefined) checkAgent(agent, `The agent \`${agentId}\` of \`agentFactory\``);
      return agent;
    } catch (cause) {
      if (cause instanceof WorkflowError) throw cause;
      const message = `The agent \`${agentId}\` cannot be made: ${messageOf(cause)}.`;
      throw new WorkflowError("unknown_agent", message, {
        remedy: "Correct the agent's definition, or the `agentFactory` of the engine.",
        cause,
      });
    }
  }
}
