import type { Command as Parsed } from "commander";
import { pathArgument, type Verb } from "./command.js";

/** The parts of the typed command that an error needs to suggest a next command that works. */
export interface Invocation {
  /** Undefined if `axw` has no such command. */
  readonly verb?: Verb;
  /** The file or id passed to the command. */
  readonly operand?: string;
  readonly db?: string;
  readonly backend?: string;
  /** The value of `--agents`. */
  readonly agents?: string;
  readonly json: boolean;
}

/**
 * Reads what it can before the flags are parsed: a typo in a flag must not hide that JSON was
 * requested.
 */
export function unparsedInvocation(argv: readonly string[], program: Parsed): Invocation {
  const verb = program.commands.find((command) => command.name() === argv[0])?.name();
  return {
    ...(verb !== undefined && { verb: verb as Verb }),
    json: argv.includes("--json"),
  };
}

/** Reads the invocation once the flags are parsed. */
export function parsedInvocation(command: Parsed, unparsed: Invocation): Invocation {
  const { db, backend, agents, json } = command.opts<{
    db?: string;
    backend?: string;
    agents?: string;
    json?: boolean;
  }>();
  const [operand] = command.args;
  return {
    ...unparsed,
    ...(operand !== undefined && { operand: pathArgument(operand) }),
    ...(db !== undefined && { db }),
    ...(backend !== undefined && { backend }),
    ...(agents !== undefined && { agents }),
    json: json === true,
  };
}
