import type { PreparedWorkflow } from "@automatosx/workflow";

/** What every secret is in a simulated world, and where the files of a run are. */
export const SECRET = "secret";
const DIRECTORY = "/run";

/** What the names stand for in a run of this workflow, apart from `steps`. */
export function rootNames(
  {
    prepared,
    inputs,
    context,
  }: {
    readonly prepared: PreparedWorkflow;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly context: Readonly<Record<string, unknown>>;
  },
  runId = "run",
) {
  const { id, name, version, inputs: declared, context: written } = prepared.definition;
  const defaults = Object.entries(declared).flatMap(([input, { default: value }]) =>
    value === undefined ? [] : [[input, value] as const],
  );
  return {
    inputs: { ...Object.fromEntries(defaults), ...inputs },
    context: { ...written, ...context },
    workflow: { id, name, version },
    run: { id: runId, dir: DIRECTORY },
    secrets: Object.fromEntries(
      [...prepared.json.matchAll(/\bsecrets\.([A-Za-z_]\w*)/g)].map(([, secret]) => [
        secret,
        SECRET,
      ]),
    ),
  };
}
