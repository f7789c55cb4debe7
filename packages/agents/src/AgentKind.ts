import type { AgentDefinition, AgentPreset } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import type { z } from "zod";
import type { TaskTexts } from "./simulated/simulated-answer.js";

/** Where an agent's definition was read: the base for its relative paths and program names. */
export interface DefinitionPlace {
  /**
   * The folder against which a relative `cwd` is resolved, and a relative program with a slash in
   * its name. Default: the folder in which the run was started, else the current folder.
   */
  readonly baseFolder?: string;
  /** The environment whose PATH is searched for programs. Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** The workflow whose steps the agent performs; only a simulated agent reads it. */
  readonly workflow?: TaskTexts;
}

/** Why an agent cannot run here. */
export interface AgentProblem {
  /** A predicate without its full stop: ``the program `x` is not on PATH``. */
  readonly message: string;
  /** What to do about it, as an instruction. */
  readonly remedy: string;
  /** The key of the definition that names what is missing. */
  readonly key: "command" | "preset" | "cwd";
  /**
   * Whether an earlier step may still make what is missing, because it is the path of a file or a
   * folder.
   */
  readonly mayAppear: boolean;
}

/** A human-readable description of an agent: what it is, and whether it can run here. */
export interface AgentDescription {
  /** One line, such as `node backend.js` or `preset claude --model opus`. */
  readonly description: string;
  /** The program that the agent runs; absent if it runs none or does not report it. */
  readonly program?: string;
  /** Whether that program was found. True if the agent runs no program. */
  readonly isInstalled: boolean;
  /** Why the agent cannot run here: its program or its folder is missing. */
  readonly problem?: AgentProblem;
  /** How to install the program if it is missing, as an instruction. */
  readonly installHint?: string;
  /** Whether the answers are made up. */
  readonly isSimulated: boolean;
  /** The preset that the agent is made from, if any. */
  readonly preset?: AgentPreset;
}

/**
 * A kind of agent that a workflow file or an agents file can define. All the code for a kind is in
 * its own folder; `registry/kinds.ts` lists the kinds.
 */
export interface AgentKind<Definition extends AgentDefinition = AgentDefinition> {
  /** The `type` field of its definitions. */
  readonly type: Definition["type"];
  /** The schema of a definition of this kind, after normalisation. */
  readonly schema: z.ZodType<Definition>;
  /** Makes the agent. Throws `WorkflowError` `invalid_argument` if the agent could never work. */
  make(definition: Definition, place: DefinitionPlace): AgentPort;
  /** Describes the agent without running anything. */
  describe(definition: Definition, place: DefinitionPlace): AgentDescription;
}
