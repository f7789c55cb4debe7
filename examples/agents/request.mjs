// What every agent of this folder begins and ends with: JSON in by stdin, JSON out by stdout.
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The repository that these agents look at: the one they lie in, wherever they are called from. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The request as `input: json` hands it over: runId, stepId, task, inputs, context, previousResults, … */
export async function readRequest() {
  return JSON.parse(await text(process.stdin));
}

/** The step's result, for `output: json`. */
export function answer(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Ends the attempt as failed; the last lines of stderr are the step's error. Exit code 75 is sysexits' "try again later". */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 75;
}
