import { isAbsolute, resolve } from "node:path";
import { ProcessAgentDefinition } from "@automatosx/schemas";
import { changedEnvironment, isPathLike } from "@automatosx/workflow/programs";
import type { AgentKind, DefinitionPlace } from "../AgentKind.js";
import { processAgent } from "./process-agent.js";
import { processOptions } from "./process-options.js";
import { folderProblem, programProblem } from "./program-problem.js";

/** A program with its arguments, written as `command: [node, backend.js]`. */
export const processKind: AgentKind<ProcessAgentDefinition> = {
  type: "process",
  schema: ProcessAgentDefinition,
  make(definition, place) {
    const { command, input, output, okExitCodes } = definition;
    return processAgent({
      ...processOptions(definition, place),
      command: locate(command, place),
      description: `runs \`${command.join(" ")}\``,
      input,
      output,
      okExitCodes,
    });
  },
  describe(definition, place) {
    const [program = ""] = definition.command;
    const [located = ""] = locate(definition.command, place);
    const { cwd = place.baseFolder } = processOptions(definition, place);
    const env = changedEnvironment(place.env ?? process.env, definition.env);
    const problem =
      programProblem(located, { key: "command", env, cwd }) ?? folderProblem(definition, place);
    return {
      description: definition.command.map(quoted).join(" "),
      program,
      isInstalled: problem?.key !== "command",
      ...(problem !== undefined && { problem }),
      isSimulated: false,
    };
  },
};

// A program path is resolved against the folder of the file that defines it, not the folder in
// which the program runs.
function locate(
  [program = "", ...args]: readonly string[],
  { baseFolder = process.cwd() }: DefinitionPlace,
): readonly string[] {
  return isPathLike(program) && !isAbsolute(program)
    ? [resolve(baseFolder, program), ...args]
    : [program, ...args];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
