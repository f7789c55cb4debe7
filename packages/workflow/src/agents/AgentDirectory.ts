import type { AgentDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { agent as checkAgent } from "../checks/agent-check.js";
import { WorkflowError } from "../errors.js";
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

/**
 * Finds a step's agent: the one registered in code, else the one defined in the workflow file, else
 * `*`.
 */
export class AgentDirectory {
  readonly #registered: ReadonlyMap<string, Agent>;
  readonly #factory: AgentFactory | undefined;
  readonly #ofDefinitions = new WeakMap<WorkflowDefinition, Map<string, Agent>>();

  constructor(agents: AgentMap, factory?: AgentFactory) {
    this.#registered = new Map(Object.entries(agents));
    this.#factory = factory;
  }

  find(definition: WorkflowDefinition, agentId: string): Agent | undefined {
    return (
      this.#registered.get(agentId) ??
      this.#fromFile(definition, agentId) ??
      this.#registered.get("*")
    );
  }

  /**
   * Throws `unknown_agent` if a step uses an agent that cannot be found. `stepsLeft` returns the
   * steps that still need one; by default, all do.
   */
  check(definition: WorkflowDefinition, stepsLeft?: () => ReadonlySet<string>): void {
    const without = definition.steps.filter(
      ({ agentId }) => this.find(definition, agentId) === undefined,
    );
    if (without.length === 0) return;
    const left = stepsLeft?.();
    const missing = new Map<string, string[]>();
    for (const { id, agentId } of without) {
      if (left?.has(id) === false) continue;
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
