import type { AgentDefinition, AgentPreset } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import type { z } from "zod";

/** Where the definition of an agent is read: what its relative paths and program names refer to. */
export interface DefinitionPlace {
  /**
   * The folder against which a relative `cwd` is resolved, and a relative program with a slash in
   * its name. Default: the current folder.
   */
  readonly baseFolder?: string;
  /** The environment whose PATH is searched for programs. Default: the one of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** An agent for people to read: what it is, and whether it can run here. */
export interface AgentDescription {
  /** One line, such as `node backend.js` or `preset claude --model opus`. */
  readonly description: string;
  /** The program that it runs; absent for an agent that runs none, or that does not say. */
  readonly program?: string;
  /** Whether that program was found. True for an agent that runs none. */
  readonly isInstalled: boolean;
  /** How to get a missing program, as an instruction. */
  readonly installHint?: string;
  readonly isSimulated: boolean;
  /** The preset that it is made from, if it is. */
  readonly preset?: AgentPreset;
}

/**
 * A kind of agent that a workflow file or an agents file can define. Everything that is known of a
 * kind is in its own folder; `registry/kinds.ts` lists the kinds.
 */
export interface AgentKind<Definition extends AgentDefinition = AgentDefinition> {
  /** The `type` of its definitions. */
  readonly type: Definition["type"];
  /** What a definition of this kind holds, after normalisation. */
  readonly schema: z.ZodType<Definition>;
  /** Makes the agent. Throws `WorkflowError` `invalid_argument` when it can never work. */
  make(definition: Definition, place: DefinitionPlace): AgentPort;
  /** Describes the agent without running anything. */
  describe(definition: Definition, place: DefinitionPlace): AgentDescription;
}
