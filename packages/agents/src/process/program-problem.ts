import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { PresetAgentDefinition, ProcessAgentDefinition } from "@automatosx/schemas";
import { findProgram, isPathLike } from "@automatosx/workflow/programs";
import type { AgentProblem, DefinitionPlace } from "../AgentKind.js";
import { processOptions } from "./process-options.js";

interface Search {
  /** The key of the definition that names the program. */
  readonly key: "command" | "preset";
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string | undefined;
  readonly installHint?: string | undefined;
}

/** Returns why a program would not start, or undefined if it is found. Does not run it. */
export function programProblem(
  program: string,
  { key, env, cwd = process.cwd(), installHint }: Search,
): AgentProblem | undefined {
  if (findProgram(program, env, cwd) !== undefined) return undefined;
  if (!isPathLike(program))
    return {
      key,
      message: `the program \`${program}\` is not on PATH`,
      remedy:
        installHint ?? meantInstead(program) ?? `install \`${program}\`, or correct \`${key}\``,
      mayAppear: false,
    };
  const path = resolve(cwd, program);
  const entry = entryAt(path);
  const [fault, remedy] =
    entry === undefined
      ? ["does not exist", meantInstead(program) ?? `create it, or correct \`${key}\``]
      : entry.isDirectory()
        ? ["is a folder", `correct \`${key}\``]
        : ["is not executable", `make it executable with \`chmod +x\`, or correct \`${key}\``];
  return { key, message: `the program ${path} ${fault}`, remedy, mayAppear: true };
}

/** What to write if the program is a piece of a shell's language, which no shell reads here. */
function meantInstead(program: string): string | undefined {
  const [mark] = /(?<=^|\/)~(?=\/|$)|\$(?:\{\w+\}|\w+)/.exec(program) ?? [];
  if (mark !== undefined)
    return `write the whole path in place of \`${mark}\`, which only a shell replaces`;
  const words = program.trim().split(/\s+/);
  return isPathLike(program) || words.length === 1
    ? undefined
    : `write each word as an entry: \`[${words.join(", ")}]\``;
}

/** Returns why an agent's program would find no folder to run in, or undefined. */
export function folderProblem(
  definition: ProcessAgentDefinition | PresetAgentDefinition,
  place: DefinitionPlace,
): AgentProblem | undefined {
  const { cwd } = processOptions(definition, place);
  if (cwd === undefined) return undefined;
  const entry = entryAt(cwd);
  if (entry?.isDirectory() === true) return undefined;
  const fault = entry === undefined ? "does not exist" : "is not a folder";
  return {
    key: "cwd",
    message: `the folder ${cwd} ${fault}`,
    remedy: "create it, or correct `cwd`",
    mayAppear: true,
  };
}

function entryAt(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
