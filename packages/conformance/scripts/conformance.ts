// `npm run conformance`: plays the cases that every backend must pass, on each backend.
import { availableParallelism } from "node:os";
import { BACKEND_CASES } from "@automatosx/workflow/testing";
import { readFlags } from "../../../scripts/read-flags.ts";
import { BACKENDS, isBackendName } from "../src/backends.ts";
import { playPlantedFaults } from "../src/planted/play-planted-faults.ts";
import { playBackend } from "../src/play-backend.ts";
import { endPostgres } from "../src/postgres-harness.ts";

const names = Object.keys(BACKENDS).join(", ");
const values = readFlags(
  `npm run conformance -- [--backend NAME]... [--short | --full] [--case N]... [--planted]
  --backend NAME  plays one backend; may be repeated: ${names}
  --short         leaves out the cases that take minutes (the default)
  --full          plays all cases
  --case N        plays one case, by its number or name; may be repeated
  --planted       plants faults, and checks that the suite finds each of them`,
  {
    backend: { type: "string", multiple: true },
    short: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    case: { type: "string", multiple: true },
    planted: { type: "boolean", default: false },
  },
);

const chosen = values.backend ?? Object.keys(BACKENDS);
const unknown = chosen.find((name) => !isBackendName(name));
if (unknown !== undefined) refuse(`Unknown backend ${unknown}. The backends are ${names}.`);
const cases = BACKEND_CASES.filter(({ number, name, isLong }) =>
  values.case === undefined
    ? values.full || isLong !== true
    : values.case.includes(String(number)) || values.case.includes(name),
);
if (cases.length === 0) refuse(`There is no case ${values.case?.join(", ")}.`);

/** Most cases wait for processes, so that more of them than processors can run at once. */
const LANES = Math.min(4, availableParallelism() + 1);

let isOk = true;
if (values.planted) {
  isOk = await playPlantedFaults();
  await endPostgres();
} else
  for (const name of chosen.filter(isBackendName))
    isOk = (await playBackend(name, { cases, lanes: LANES })) && isOk;
process.exitCode = isOk ? 0 : 1;

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
