// The process of the soak, started with --expose-gc. It runs workflows in one engine in batches,
// prints a sample as a JSON line after each batch, and checks the database at the end.
import { parseArgs } from "node:util";
import {
  openSqliteStorage,
  type RetentionReport,
  RunReader,
  WorkflowEngine,
} from "@automatosx/workflow";
import { takeSample } from "./sample.ts";
import { agents, scenarioOf } from "./scenarios.ts";

const CONCURRENT_RUNS = 32;

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "" },
    runs: { type: "string", default: "1000" },
    sampleEvery: { type: "string", default: "500" },
    keep: { type: "string", default: "300" },
    /** Plants a leak, to prove that leaks are found. */
    leak: { type: "boolean", default: false },
  },
});
const { database } = values;
const [runs, sampleEvery, keep] = [
  Number(values.runs),
  Number(values.sampleEvery),
  Number(values.keep),
];

const sweeps = {
  ended: 0,
  removedRuns: 0,
  waiting: [] as (() => void)[],
  problems: [] as string[],
};
const onSweep = ({ removedRuns, problem }: RetentionReport): void => {
  sweeps.ended += 1;
  sweeps.removedRuns += removedRuns.completed + removedRuns.failed + removedRuns.cancelled;
  if (problem !== undefined) sweeps.problems.push(problem.message);
  for (const wake of sweeps.waiting.splice(0)) wake();
};
const engine = await WorkflowEngine.open({
  database,
  durability: "process",
  agents,
  checkpoint: { every: 2 },
  retention: { maxRunCount: keep, checkpointsPerRun: 2, everyMs: 20, onSweep },
});
const shared = { signal: new AbortController().signal };
const leaked: unknown[] = [];

let started = 0;
async function worker(until: number): Promise<void> {
  while (started < until) {
    const runIndex = started;
    started += 1;
    const scenario = scenarioOf(runIndex);
    const run = await scenario.perform(engine, runIndex, shared);
    const { status, error } = await run.ending;
    if (status !== scenario.endsAs)
      throw new Error(
        `Run ${runIndex} (${scenario.name}) must be ${scenario.endsAs}; ` +
          `it is ${status}: ${error ?? "no reason given"}.`,
      );
    if (values.leak) leaked.push(run);
  }
}

/** Waits for a retention sweep that began after the last run ended. */
async function untilSwept(): Promise<void> {
  for (const until = sweeps.ended + 2; sweeps.ended < until; )
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1000);
      sweeps.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
}

while (started < runs) {
  const until = Math.min(runs, started + sampleEvery);
  await Promise.all(Array.from({ length: CONCURRENT_RUNS }, () => worker(until)));
  await untilSwept();
  const { completed, failed, cancelled, running, paused } = engine.getStats();
  const storedRuns = completed + failed + cancelled + running + paused;
  print(takeSample(started, database, { storedRuns, usedBytes: engine.storage.size().usedBytes }));
}
await engine.close();

const storage = openSqliteStorage({ path: database, readOnly: true });
const remaining = storage.listRuns();
const damaged: string[] = [];
for (const { runId } of remaining) {
  try {
    damaged.push(
      ...RunReader.open(storage, runId)
        .catchUp()
        .problems.map(({ message }) => message),
    );
  } catch (error) {
    damaged.push(String(error));
  }
}
const definitions = new Set(remaining.map(({ definitionHash }) => definitionHash)).size;
const unusedDefinitions = storage.listWorkflows().length - definitions;
storage.close();
const { removedRuns, problems } = sweeps;
// Counting the planted leak at the end keeps it from being collected earlier.
print({
  remainingRuns: remaining.length,
  removedRuns,
  unusedDefinitions,
  damaged,
  problems,
  plantedCount: leaked.length,
});

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
