import { type BackendCase, type EndedCase, runBackendSuite } from "@automatosx/workflow/testing";
import { BACKENDS, type BackendName, type BackendUnderTest } from "./backends.ts";
import allowed from "./not-applicable.json" with { type: "json" };

interface PlayOptions {
  readonly cases: readonly BackendCase[];
  readonly lanes: number;
}

/**
 * Plays the cases on one backend and prints how each ended. True if all have passed but those that
 * may be not applicable to this backend.
 */
export async function playBackend(
  name: BackendName,
  { cases, lanes }: PlayOptions,
): Promise<boolean> {
  const { makeHarness, end }: BackendUnderTest = await BACKENDS[name]();
  const began = performance.now();
  const report = await runBackendSuite(makeHarness, { cases, lanes, onCase: printCase });
  await end?.();
  const mayLack: Readonly<Record<string, string>> = allowed[name];
  const unexpected = report.notApplicable.filter((one) => !Object.hasOwn(mayLack, one.name));
  for (const { name: one, needs } of unexpected)
    console.log(`failed: ${one} must apply to ${name}, but its harness lacks "${needs}"`);
  const lacking = report.notApplicable.map((one) => `${one.name}: ${one.needs}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const failureCount = report.failed.length + unexpected.length;
  console.log(
    `${name} (${seconds} s): ${report.tried.length} tried, ${failureCount} failed, ` +
      `${lacking.length} not applicable${lacking.length === 0 ? "" : ` (${lacking.join(", ")})`}`,
  );
  return failureCount === 0;
}

function printCase({
  number,
  name,
  durationMs,
  lacks,
  error,
  stated = [],
  ...rest
}: EndedCase): void {
  const took = `${(durationMs / 1000).toFixed(1)} s`;
  const place = `${String(number).padStart(2)} ${name}`;
  if (lacks !== undefined) return;
  for (const sentence of stated) console.log(`       ${sentence}`);
  if (error === undefined && !("error" in rest)) return console.log(`ok     ${place} (${took})`);
  console.log(`failed ${place} (${took})`);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of text.split("\n").slice(0, 40)) console.log(`       ${line}`);
}
