import type { Command } from "commander";
import { dbFlag } from "./database-flag.js";
import { shellWord } from "./render/words.js";

/** What was typed, as far as an error needs it to name a next command that works. */
export interface Asked {
  /** Undefined when it is none of ours. */
  readonly verb?: string;
  /** The file or id that the verb was given, for a shell. */
  readonly operand?: string;
  /** The ` --db …` that was given. */
  readonly db: string;
  readonly json: boolean;
}

/** Before the flags are understood: a typo among them must not hide that JSON was asked for. */
export function askedSoFar(argv: readonly string[], program: Command): Asked {
  const verb = program.commands.find((command) => command.name() === argv[0])?.name();
  return { ...(verb !== undefined && { verb }), db: "", json: argv.includes("--json") };
}

/** Once they are. */
export function askedOf(command: Command, soFar: Asked): Asked {
  const options = command.opts<{ db?: string; json?: boolean }>();
  const [operand] = command.args;
  return {
    ...soFar,
    ...(operand !== undefined && { operand: shellWord(operand) }),
    db: dbFlag(options),
    json: options.json === true,
  };
}
