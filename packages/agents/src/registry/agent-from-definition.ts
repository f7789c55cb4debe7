import { isAbsolute, resolve } from "node:path";
import type { AgentDefinition } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import { isPathLike } from "../process/find-program.js";
import { presets } from "../process/presets.js";
import { processAgent } from "../process/process-agent.js";

export interface DefinitionPlace {
  /** From where a relative `cwd`, and a relative program with a slash in its name, count. Default: the current folder. */
  readonly baseFolder?: string;
}

/**
 * Makes an agent of one entry of an `agents:` map. It is an `AgentFactory` as it stands:
 * `WorkflowEngine.open({ agentFactory: agentFromDefinition })`.
 *
 * @throws WorkflowError `invalid_argument` when the entry can never work.
 */
export function agentFromDefinition(
  definition: AgentDefinition,
  _agentId?: string,
  { baseFolder }: DefinitionPlace = {},
): AgentPort {
  const base = baseFolder ?? process.cwd();
  const shared = {
    env: definition.env,
    graceMs: definition.grace,
    ...(definition.cwd !== undefined && { cwd: resolve(base, definition.cwd) }),
    ...(definition.timeout !== undefined && { timeoutMs: definition.timeout }),
  };
  if (definition.type === "preset")
    return presets[definition.preset].agent({ ...shared, args: definition.args });
  const { command, input, output, okExitCodes } = definition;
  return processAgent({
    ...shared,
    command: locate(command, base),
    description: `runs \`${command.join(" ")}\``,
    input,
    output,
    okExitCodes,
  });
}

function locate([program = "", ...args]: readonly string[], base: string): readonly string[] {
  return isPathLike(program) && !isAbsolute(program)
    ? [resolve(base, program), ...args]
    : [program, ...args];
}
