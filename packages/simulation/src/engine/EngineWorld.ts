import { RUN_STEP_ID, type StoragePort, WorkflowEngine } from "@automatosx/workflow";
import { SeededRandom } from "../SeededRandom.js";
import { CommitObserver } from "./CommitObserver.js";
import { checkAtRest } from "./check-at-rest.js";
import { checkJournal } from "./check-journal.js";
import type { Databases } from "./Databases.js";
import type { Fault, Misbehaviour } from "./Fault.js";
import { FaultInjector } from "./FaultInjector.js";
import { FileWork } from "./FileWork.js";
import { Operator } from "./Operator.js";
import { storageOfProcess } from "./ProcessStorage.js";
import { type FailureRates, planFailures } from "./plan-failures.js";
import { planFaults } from "./plan-faults.js";
import { RunModel } from "./RunModel.js";
import { SECRET } from "./root-names.js";
import { SimulatedProcess } from "./SimulatedProcess.js";
import { SimulatedRun } from "./SimulatedRun.js";
import { Team } from "./Team.js";
import { templatesOf, usesFiles } from "./templates-of.js";
import { VirtualTime } from "./VirtualTime.js";
import { workflowOfSeed } from "./workflow-of-seed.js";
import type { SimulatedWorkflow } from "./workflows.js";
import type { WorldView } from "./world-view.js";

/** The start time of every simulated world, in ms since the epoch. */
const BEGINNING = 1_700_000_000_000;

/** How long an engine waits for an agent that ignores its abort signal, in ms. */
const ABANDON_MS = 300;

/**
 * Limit on actions, larger than any world needs: a base, plus an amount per step, plus one for each
 * second of the time that agents can hang.
 */
const MAX_ACTIONS = 3000;
const MAX_ACTIONS_PER_STEP = 100;
const MAX_HANGING_AGENTS = 10;

/** How long a world continues after the last run has ended, in ms, so that late answers arrive. */
const AFTERMATH_MS = 5000;

export interface EngineWorldOptions {
  readonly seed: number;
  readonly databases: Databases;
  /** The workflow to run; by default the seed makes one up. */
  readonly workflow?: SimulatedWorkflow;
  /** Whether to end the world before its runs have ended. Its report is then incomplete. */
  readonly isStopped?: () => boolean;
  /** Indexes of the planned faults that happen; by default all. */
  readonly only?: readonly number[];
  /**
   * The probability that an attempt of a step fails, by step id. If given, a world has one run, and
   * nothing else goes wrong.
   */
  readonly failureRates?: FailureRates;
  /** Wraps the storage of every process: tests plant bugs here. */
  readonly wrapStorage?: (storage: StoragePort) => StoragePort;
}

/** The world of a seed: processes with real engines, agents, an operator, and faults. */
export class EngineWorld implements WorldView {
  readonly time = new VirtualTime(BEGINNING);
  readonly random: SeededRandom;
  readonly runs: readonly SimulatedRun[];
  readonly faults: readonly Fault[];
  readonly processes: SimulatedProcess[] = [];
  readonly team: Team;
  readonly failures: string[] = [];
  /** True if the world was ended before its runs had ended. */
  wasStopped = false;
  readonly trace: string[] = [];
  readonly storage: StoragePort;
  readonly #options: EngineWorldOptions;
  readonly #operator: Operator;
  readonly #injector: FaultInjector;
  readonly #observer: CommitObserver;
  /**
   * Every run, by each id that it has had: an unacknowledged start may be repeated with another id.
   */
  readonly #runsById = new Map<string, SimulatedRun>();
  /** Undefined if the runs have no directory. */
  #files: FileWork | undefined;
  #actionCount = 0;
  #idCount = 0;
  #starting: SimulatedRun | undefined;

  constructor(options: EngineWorldOptions) {
    this.#options = options;
    const { seed, databases } = options;
    databases.begin(seed);
    this.storage = databases.connect();
    this.random = new SeededRandom(seed);
    const shape = this.random.fork();
    const workflow = options.workflow ?? workflowOfSeed(seed);
    const { failureRates } = options;
    const hasTwoRuns = shape.chance(0.25) && failureRates === undefined;
    const workflows = Array.from({ length: hasTwoRuns ? 2 : 1 }, () => workflow);
    const plan =
      failureRates === undefined
        ? planFaults(
            shape,
            workflows.map(({ prepared }) => prepared.definition),
            { mayChange: workflow.variants !== undefined },
          )
        : planFailures(seed, workflow.prepared.definition, failureRates);
    this.faults =
      options.only === undefined ? plan : options.only.flatMap((index) => plan[index] ?? []);
    const resumesLeft = (): number => (shape.chance(0.5) && failureRates === undefined ? 1 : 0);
    this.runs = workflows.map((of, index) => this.#makeRun(of, index, resumesLeft()));
    for (const run of this.runs) if (shape.chance(0.4)) this.#name(run);
    this.team = new Team({
      seed,
      abandonAfterMs: ABANDON_MS,
      assignmentOf: (runId) => this.runOf(runId),
      report: (failure) => this.report(failure),
      log: (line) => this.log(line),
    });
    this.#operator = new Operator(this);
    this.#injector = new FaultInjector(this, this.#operator, this.faults);
    this.#observer = new CommitObserver(this, () => this.#injector.hasSlept);
  }

  /** Runs the world until every run has ended, then checks the journals. */
  async run(): Promise<void> {
    const stepCount = templatesOf(this.runs[0]?.definition.steps ?? []).length;
    this.log(
      `seed ${this.#options.seed}: ${counted(this.runs.length, "run")} ` +
        `of ${counted(stepCount, "step")}`,
    );
    if (usesFiles(this.runs[0]?.definition.steps ?? [])) this.#files = new FileWork();
    this.#operator.begin();
    try {
      await this.#runToEnd(
        MAX_ACTIONS + stepCount * MAX_ACTIONS_PER_STEP + Math.ceil(this.#longestHang() / 1000),
      );
    } finally {
      this.#files?.stop();
    }
    for (const process of this.processes) if (!process.isDead) process.die(true);
    if (this.failures.length === 0 && !this.wasStopped)
      for (const run of this.runs) checkJournal(this, run);
    await turnOver();
  }

  /** How long the agents of the world can hang, in ms. */
  #longestHang(): number {
    const timeouts = this.runs.flatMap(({ definition }) =>
      templatesOf(definition.steps).map(({ timeout }) => timeout ?? 0),
    );
    return MAX_HANGING_AGENTS * Math.max(0, ...timeouts);
  }

  async #runToEnd(maxActions: number): Promise<void> {
    let endsAt: number | undefined;
    while (this.failures.length === 0) {
      await turnOver();
      await this.#files?.rest();
      if (this.failures.length > 0) break;
      this.wasStopped = this.#options.isStopped?.() === true;
      if (this.wasStopped) break;
      if (this.#actionCount > maxActions)
        this.report(`after ${maxActions} actions a run has not ended`);
      if (!this.#operator.isDone && this.#injector.injectDue(this.#actionCount)) continue;
      const did = this.time.step(this.random, this.#clocks());
      if (did === "happened") this.#actionCount += 1;
      if (did !== undefined) continue;
      checkAtRest(this);
      this.#operator.continueRestored();
      if (this.#operator.isDone) {
        endsAt ??= this.time.now + AFTERMATH_MS;
        if (this.time.now > endsAt) break;
      }
      if (!this.time.advance(this.random)) {
        if (!this.#operator.isDone)
          this.report("nothing can happen any more, but a run has not ended");
        break;
      }
    }
  }

  /** Number of planned faults that have happened. */
  get firedCount(): number {
    return this.#injector.firedCount + this.team.firedCount;
  }

  /** The same by kind. */
  get firedKinds(): Readonly<Partial<Record<Fault["kind"], number>>> {
    const { firedCount: agent } = this.team;
    return { ...(agent > 0 && { agent }), ...this.#injector.firedKinds };
  }

  /** Time from the first start to the end of the last run, in simulated ms. */
  get elapsedMs(): number {
    return Math.max(0, this.#operator.endedAt - BEGINNING);
  }

  report(failure: string): void {
    this.failures.push(failure);
    this.log(`BROKEN: ${failure}`);
  }

  log(line: string): void {
    this.trace.push(`${String(this.time.now - BEGINNING).padStart(7)} ms  ${line}`);
  }

  // --- processes

  async launch(skewMs = 0): Promise<SimulatedProcess> {
    const process = new SimulatedProcess(
      `process-${this.processes.length + 1}`,
      this.time,
      this.#injector.wallClockMs + skewMs,
    );
    this.processes.push(process);
    this.log(`${process.name} starts`);
    const chance = this.random.fork();
    process.engine = await WorkflowEngine.open({
      // No program of a simulated world receives it.
      secrets: () => SECRET,
      storage: this.#storageOf(process),
      // Without an agent of its own, a `run` step would start its program.
      agents: Object.fromEntries(
        // Programs and child runs are performed by simulated agents, too.
        ["*", RUN_STEP_ID, "@workflow"].map((id) => [id, this.team.agentFor(process)]),
      ),
      abandonAfterMs: ABANDON_MS,
      checkpoint: { every: 2, intervalMs: 1000 },
      ports: {
        clock: process.clock,
        chance: { next: () => chance.next() },
        ids: { next: () => this.#nextId() },
      },
    });
    return process;
  }

  #storageOf(process: SimulatedProcess): StoragePort {
    const { databases, wrapStorage = (storage) => storage } = this.#options;
    return storageOfProcess(wrapStorage(databases.connect()), {
      ownerId: process.name,
      isDead: () => process.isDead,
      isSeenDead: (ownerId) =>
        this.processes.some((other) => other.name === ownerId && other.isDead && other.isDeathSeen),
      faultOf: (method, writes) => this.#injector.faultOf(process, method, writes),
      die: () => this.#operator.crash(process, true),
      acquired: (runId, isRecovery) => this.#observer.acquired(process, runId, isRecovery),
      committed: (commit) => this.#observer.committed(process, commit),
      foundNoRoom: (commit) => this.#observer.foundNoRoom(commit),
    });
  }

  #clocks(): SimulatedProcess["clock"][] {
    return this.processes.filter(({ isDead }) => !isDead).map(({ clock }) => clock);
  }

  // --- runs and their ids

  runOf(runId: string): SimulatedRun | undefined {
    return this.#runsById.get(runId);
  }

  starting(run: SimulatedRun, start: () => void): void {
    this.#starting = run;
    start();
    this.#starting = undefined;
  }

  #nextId(): string {
    this.#idCount += 1;
    const seed = this.#options.seed.toString(16).padStart(8, "0");
    const id = `${seed}-${String(this.#idCount).padStart(4, "0")}`;
    const run = this.#starting;
    if (run !== undefined) {
      this.#starting = undefined;
      this.#identify(run, id);
    }
    return id;
  }

  #identify(run: SimulatedRun, id: string): void {
    run.id = id;
    run.model = new RunModel(run.workflow, id, (failure) => this.report(`${run.name}: ${failure}`));
    this.#runsById.set(id, run);
  }

  #name(run: SimulatedRun): void {
    run.isNamed = true;
    this.#identify(run, `seed-${this.#options.seed}.${run.name.replace(" ", "-")}`);
  }

  #makeRun(workflow: SimulatedWorkflow, index: number, resumesLeft: number): SimulatedRun {
    const script = new Map<string, Map<number, Misbehaviour>>();
    // No time limit would end a child run that hangs.
    const childRuns = new Set(
      templatesOf(workflow.prepared.definition.steps).flatMap(({ id, workflow }) =>
        workflow ? [id] : [],
      ),
    );
    for (const fault of this.faults) {
      if (fault.kind !== "agent" || fault.run !== index) continue;
      const isEndless = fault.does === "hangs" || fault.does === "deaf" || fault.does === "late";
      if (isEndless && childRuns.has(fault.stepId)) continue;
      // A script has no gaps: the Nth fault of a step is its Nth failure.
      const tries = script.get(fault.stepId) ?? new Map<number, Misbehaviour>();
      tries.set(tries.size, fault.does);
      script.set(fault.stepId, tries);
    }
    const model = new RunModel(workflow, "", () => undefined);
    return new SimulatedRun(`run ${index + 1}`, workflow, script, model, resumesLeft);
  }
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/**
 * Resolves at the end of a real event-loop turn, when every promise that can settle has settled.
 */
function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
