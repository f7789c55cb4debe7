import { BACKEND_CASES, runBackendSuite } from "@automatosx/workflow/testing";
import { endPostgres } from "../postgres-harness.ts";
import { PLANTED_FAULTS, type PlantedFault } from "./planted-faults.ts";

/**
 * Plants each fault, and has the suite look for it. Prints what it found; true if it found every
 * fault for the reason that it should.
 */
export async function playPlantedFaults(faults = PLANTED_FAULTS): Promise<boolean> {
  let missedCount = 0;
  for (const fault of faults) {
    const message = await messageOf(fault);
    const isFound = message?.includes(fault.finds) === true;
    if (!isFound) missedCount += 1;
    const what = `${fault.name} (${fault.backend}, ${fault.caseName})`;
    const found = message === undefined ? "the case passed" : message.split("\n")[0];
    console.log(`${isFound ? "found " : "MISSED"} ${what}: ${found}`);
  }
  await endPostgres();
  console.log(`planted faults: ${faults.length} planted, ${missedCount} missed`);
  return missedCount === 0;
}

/** The message with which the case of a fault fails; undefined if it passes. */
export async function messageOf({
  makeHarness,
  caseName,
}: PlantedFault): Promise<string | undefined> {
  const cases = BACKEND_CASES.filter(({ name }) => name === caseName);
  const { failed } = await runBackendSuite(makeHarness, { cases });
  const [first] = failed;
  if (first === undefined) return undefined;
  return first.error instanceof Error ? first.error.message : String(first.error);
}
