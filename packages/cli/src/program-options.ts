import { InvalidArgumentError, Option } from "commander";
import { pathArgument } from "./command.js";

/* The flags of several commands, and how their values are read. */

export function dbOption(): Option {
  return new Option("--db <path>", "database (default: AXW_DB, else the nearest .ax/workflow.db)");
}

export function backendOption(): Option {
  return new Option(
    "--backend <url>",
    "where the runs are: sqlite:PATH, postgres://… or restate://… (default: AXW_BACKEND)",
  );
}

export function localOption(): Option {
  return new Option(
    "--local",
    "perform the run in this process, even if the workers of a backend could",
  );
}

export function detachOption(): Option {
  return new Option("--detach", "with a backend: leave the run to its workers without watching it");
}

export function queueAnywayOption(): Option {
  return new Option(
    "--queue-anyway",
    "with a backend: start the run even if no live worker serves one of its agents",
  );
}

export function agentsOption(): Option {
  return new Option(
    "--agents <preset|file>",
    "an agents file; claude, codex or gemini for agents not defined elsewhere; or simulated " +
      "instead of every agent",
  );
}

export function durabilityOption(): Option {
  return new Option(
    "--durability <mode>",
    "what a run survives: full, even a power cut; process (faster), only a killed process",
  )
    .choices(["full", "process"])
    .default("full");
}

export function failOnToleratedOption(): Option {
  return new Option(
    "--fail-on-tolerated",
    "exit with 1 if the run completes although steps failed (continueOnError)",
  );
}

export function jsonEventsOption(): Option {
  return new Option("--json", "print events as NDJSON, with the outcome as the last line");
}

export function uiOption(): Option {
  return new Option(
    "--ui <kind>",
    "how progress is shown (default: live on a terminal, otherwise lines)",
  ).choices(["live", "lines"]);
}

export function noAskOption(): Option {
  return new Option("--no-ask", "ask nothing on the terminal: exit with 3 if the run waits");
}

export function rootOption(): Option {
  return new Option(
    "--root <dir>",
    "folder that all files of the workflow are in (default: that of the workflow file)",
  ).argParser(pathArgument);
}

export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

export function collectPath(value: string, previous: readonly string[] = []): string[] {
  return collect(pathArgument(value), previous);
}

export function positiveInteger(value: string): number {
  return integerFrom(1, value);
}

export function wholeNumber(value: string): number {
  return integerFrom(0, value);
}

function integerFrom(least: number, value: string): number {
  const n = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(n) || n < least || n > 2_147_483_647)
    throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
  return n;
}
