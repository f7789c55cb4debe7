// The input and output of every agent in this folder: JSON on stdin and on stdout.
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The root of the repository that contains this file, regardless of the current folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The request passed by `input: json`: runId, stepId, task, inputs, context, previousResults, … */
export async function readRequest() {
  return JSON.parse(await text(process.stdin));
}

/** Prints the step's result, which `output: json` parses. */
export function answer(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/**
 * Fails the attempt. The last lines of stderr become the step's error. Exit code 75 is EX_TEMPFAIL
 * in sysexits.h: try again later.
 */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 75;
}
