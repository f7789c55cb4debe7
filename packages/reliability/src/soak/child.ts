// A process of its own for the soak, started with --expose-gc: runs workflows in one engine, load after load, and prints a
// sample as a line of JSON after each. Last it checks what is left in the database.
import { parseArgs } from "node:util";
import {
  openSqliteStorage,
  type RetentionReport,
  RunReader,
  WorkflowEngine,
} from "@automatosx/workflow";
import { agents, lifeOf } from "./load.ts";
import { takeSample } from "./sample.ts";

const CONCURRENT_RUNS = 32;

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "" },
    runs: { type: "string", default: "1000" },
    sampleEvery: { type: "string", default: "500" },
    keep: { type: "string", default: "300" },
    /** Plants a leak, to see that it is found. */
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
const around = { signal: new AbortController().signal };
const leaked: unknown[] = [];

let started = 0;
async function worker(until: number): Promise<void> {
  while (started < until) {
    const number = started;
    started += 1;
    const life = lifeOf(number);
    const run = await life.live(engine, number, around);
    const { status, error } = await run.ending;
    if (status !== life.ends)
      throw new Error(`Run ${number} (${life.name}) is ${status}: ${error ?? "no reason given"}.`);
    if (values.leak) leaked.push(run);
  }
}

/** One that began after the last run had ended. */
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
const left = storage.listRuns();
const damaged: string[] = [];
for (const { runId } of left) {
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
const definitions = new Set(left.map(({ definitionHash }) => definitionHash)).size;
const unusedDefinitions = storage.listWorkflows().length - definitions;
storage.close();
const { removedRuns, problems } = sweeps;
// What was planted is named at the end: until then it is held, and not collected.
print({
  leftRuns: left.length,
  removedRuns,
  unusedDefinitions,
  damaged,
  problems,
  plantedCount: leaked.length,
});

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
