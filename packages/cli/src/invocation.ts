import type { Command as Parsed } from "commander";
import type { Verb } from "./command.js";

/** What was typed, as far as an error needs it to name a next command that works. */
export interface Invocation {
  /** Undefined when `axw` has no such verb. */
  readonly verb?: Verb;
  /** The file or id that the verb was given. */
  readonly operand?: string;
  readonly db?: string;
  readonly json: boolean;
}

/**
 * What is known before the flags are parsed: a typo among them must not hide that JSON was
 * requested.
 */
export function unparsedInvocation(argv: readonly string[], program: Parsed): Invocation {
  const verb = program.commands.find((command) => command.name() === argv[0])?.name();
  return {
    ...(verb !== undefined && { verb: verb as Verb }),
    json: argv.includes("--json"),
  };
}

/** What is known once the flags are parsed. */
export function parsedInvocation(command: Parsed, unparsed: Invocation): Invocation {
  const { db, json } = command.opts<{ db?: string; json?: boolean }>();
  const [operand] = command.args;
  return {
    ...unparsed,
    ...(operand !== undefined && { operand }),
    ...(db !== undefined && { db }),
    json: json === true,
  };
}
