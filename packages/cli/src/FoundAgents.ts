import type { AgentEntry, AgentRegistry } from "@automatosx/agents";

/** The agents found for a workflow. */
export interface FoundAgents {
  /** The agent found for each agent id that the steps use. Ids without an agent are absent. */
  readonly entries: ReadonlyMap<string, AgentEntry>;
  /** The agent of the workflow file, for each agent id whose agent is found elsewhere. */
  readonly replaced: ReadonlyMap<string, AgentEntry>;
  /** The agents file that is not read because every agent is simulated. */
  readonly unusedFile?: string;
  /** The value of `--agents`, if none of its agents performs a step. */
  readonly unusedFlag?: string;
  /**
   * The agents that the engine tries before the workflow file's own agents and, as `*`, after them.
   */
  readonly registry: AgentRegistry;
  /** The `--agents …` arguments with which the same command finds the same agents. */
  readonly args: readonly string[];
  /** The absolute path of the agents file in use, if any. */
  readonly file?: string;
}
