import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import {
  Databases,
  type Exploration,
  explore,
  exploredBudget,
  exploredWithRequests,
  planOf,
  runCoreSeed,
  runHostsSeed,
  type Shape,
  shrinkHostsSeed,
  type Traits,
  traceOf,
} from "@automatosx/simulation";

/** Work for one thread: a range of seeds of the core or of hosts, or every future of one shape. */
export type Job =
  | { readonly type: "seeds" | "hosts"; readonly from: number; readonly count: number }
  | {
      readonly type: "shape";
      readonly shape: Shape;
      readonly traits: Traits;
      readonly withRequests: boolean;
      readonly withCommands: boolean;
    };

/** Number of choices of each kind; for a shape, the number of states and ends found. */
export type Tally = Readonly<Record<string, number>>;

export interface JobReport {
  readonly triedCount: number;
  readonly choiceCount: number;
  readonly tally: Tally;
  readonly failedSeeds: readonly number[];
  /** For a shape: the trace of each failure. */
  readonly failures: readonly string[];
}

export async function doJob(job: Job): Promise<JobReport> {
  switch (job.type) {
    case "seeds":
      return trySeeds(job.from, job.count);
    case "hosts":
      return tryHosts(job.from, job.count);
    case "shape":
      return tryShape(job);
  }
}

async function tryHosts(from: number, count: number): Promise<JobReport> {
  const tally: Record<string, number> = {};
  const failedSeeds: number[] = [];
  const failures: string[] = [];
  let choiceCount = 0;
  const add = (kind: string, more: number): void => {
    tally[kind] = (tally[kind] ?? 0) + more;
  };
  const databases = new Databases();
  try {
    for (let seed = from; seed < from + count; seed += 1) {
      const report = await runHostsSeed({ seed, databases });
      choiceCount += report.attemptCount;
      add("runs", report.runCount);
      for (const kind of report.faultKinds) add(kind, 1);
      if (report.ok) continue;
      failedSeeds.push(seed);
      if (failures.length === 0) failures.push(await shrunkStory(seed, databases));
    }
  } finally {
    databases.close();
  }
  return { triedCount: count, choiceCount, tally, failedSeeds, failures };
}

/** The shortest trace of a seed that fails, as the text of a failure. */
async function shrunkStory(seed: number, databases: Databases): Promise<string> {
  const { failures, faults, trace } = await shrinkHostsSeed({ seed, databases });
  const lines = [...faults.map((fault) => `fault: ${fault}`), ...trace].map((line) => `  ${line}`);
  return [`seed ${seed}: ${failures.join("; ")}`, ...lines].join("\n");
}

function trySeeds(from: number, count: number): JobReport {
  const tally: Record<string, number> = {};
  const failedSeeds: number[] = [];
  let choiceCount = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const { happened, failure } = runCoreSeed(seed);
    choiceCount += happened.length;
    for (const { kind } of happened) tally[kind] = (tally[kind] ?? 0) + 1;
    if (failure !== undefined) failedSeeds.push(seed);
  }
  return { triedCount: count, choiceCount, tally, failedSeeds, failures: [] };
}

function tryShape(job: Extract<Job, { type: "shape" }>): JobReport {
  const { shape, traits, withRequests, withCommands } = job;
  const budget = withRequests ? exploredWithRequests : exploredBudget;
  const found = explore(planOf(shape, traits), {
    budget: withCommands ? budget : { ...budget, commands: 0 },
  });
  const { stateCount, choiceCount, endCount } = found;
  return {
    triedCount: stateCount,
    choiceCount,
    tally: { states: stateCount, ends: endCount },
    failedSeeds: [],
    failures: failuresOf(found),
  };
}

function failuresOf({ failure }: Exploration): string[] {
  return failure === undefined ? [] : [traceOf(failure.setting, failure.happened).join("\n")];
}

/** Two threads at most, so that a small machine stays usable. */
const THREADS = Math.min(2, availableParallelism());

/** Does all jobs, one at a time in each thread. The reports are in the order of the jobs. */
export async function doJobs(jobs: readonly Job[]): Promise<JobReport[]> {
  const reports: JobReport[] = [];
  let next = 0;
  const work = (): Promise<void> => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let index = -1;
    const takeNext = (): void => {
      index = next;
      next += 1;
      const job = jobs[index];
      if (job === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage(job, []);
    };
    worker.on("message", (report: JobReport) => {
      reports[index] = report;
      takeNext();
    });
    worker.on("error", reject);
    takeNext();
    return promise;
  };
  await Promise.all(Array.from({ length: THREADS }, work));
  return reports;
}

export function addUp(reports: readonly JobReport[]): JobReport {
  const tally: Record<string, number> = {};
  for (const report of reports)
    for (const [kind, count] of Object.entries(report.tally))
      tally[kind] = (tally[kind] ?? 0) + count;
  return {
    triedCount: reports.reduce((sum, { triedCount }) => sum + triedCount, 0),
    choiceCount: reports.reduce((sum, { choiceCount }) => sum + choiceCount, 0),
    tally,
    failedSeeds: reports.flatMap(({ failedSeeds }) => failedSeeds),
    failures: reports.flatMap(({ failures }) => failures),
  };
}
