import { type StoragePort, WorkflowEngine } from "@automatosx/workflow";
import { checkAtRest } from "./check-at-rest.js";
import { checkJournal } from "./check-journal.js";
import type { Databases } from "./Databases.js";
import { type Fault, planFaults, type StorageFault } from "./faults.js";
import { Operator } from "./Operator.js";
import { storageOfProcess } from "./ProcessStorage.js";
import { RunModel } from "./RunModel.js";
import { SeededRandom } from "./SeededRandom.js";
import { SimulatedProcess } from "./SimulatedProcess.js";
import { SimulatedRun } from "./SimulatedRun.js";
import { Team } from "./Team.js";
import { VirtualTime } from "./VirtualTime.js";
import { type SimulatedWorkflow, workflowOfSeed } from "./workflows.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type Entry = Commit["runs"][number]["entries"][number];

/** When every simulated world begins, in ms since the epoch. */
const BEGINNING = 1_700_000_000_000;

/** How long an agent that does not heed the signal is waited for, in ms. */
const ABANDON_MS = 300;

/** How long a rival waits before it looks for work of a process that stands still: a lease is 30 s. */
const RIVAL_AFTER_MS = 31_000;

/** A world in which so much happens goes on for ever; the more steps, the more may happen. */
const MOST_HAPPENINGS = 3000;
const HAPPENINGS_OF_A_STEP = 100;

/** How long it takes until a process that was held up has certainly renewed its leases again, in ms. */
const DISTURBED_MS = 60_000;

/** What is left of a lease at the least when it is renewed, in ms: so far may clocks differ. */
const LEASE_LEFT_MS = 3000;

/** How long a world is watched after the last run has ended, in ms: for answers that come too late. */
const AFTERMATH_MS = 5000;

export interface WorldOptions {
  readonly seed: number;
  readonly databases: Databases;
  /** Run in every world instead of one made up from the seed. */
  readonly workflow?: SimulatedWorkflow;
  /** Which of the planned faults happen, by their place in the plan; by default all. */
  readonly only?: readonly number[];
  /** Put between the engine and its database: a bug that is to be found. */
  readonly wrapStorage?: (storage: StoragePort) => StoragePort;
}

/** A world out of a seed: processes with real engines, agents, an operator, and what goes wrong. */
export class World {
  readonly time = new VirtualTime(BEGINNING);
  readonly random: SeededRandom;
  readonly runs: readonly SimulatedRun[];
  readonly faults: readonly Fault[];
  readonly processes: SimulatedProcess[] = [];
  readonly team: Team;
  readonly failures: string[] = [];
  readonly trace: string[] = [];
  /** The world's own way to the database: of no process, and never going wrong. */
  readonly look: StoragePort;
  readonly #options: WorldOptions;
  readonly #operator: Operator;
  readonly #pending: Set<Fault>;
  readonly #models = new Map<string, SimulatedRun>();
  // How far the wall clock is off the true time, for processes that begin: one that lives does not see it being set.
  #wallClockMs = 0;
  readonly #times = new Map<Fault, number>();
  #isBusy = false;
  #hasSlept = false;
  #happened = 0;
  #writes = 0;
  #ids = 0;
  #starting: SimulatedRun | undefined;
  #fired = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { seed, databases } = options;
    databases.begin(seed);
    this.look = databases.connect();
    this.random = new SeededRandom(seed);
    const shape = this.random.fork();
    const workflow = options.workflow ?? workflowOfSeed(seed);
    const workflows = Array.from({ length: shape.chance(0.25) ? 2 : 1 }, () => workflow);
    const plan = planFaults(
      shape,
      workflows.map(({ definition }) => definition),
    );
    this.faults =
      options.only === undefined ? plan : options.only.flatMap((index) => plan[index] ?? []);
    this.#pending = new Set(this.faults.filter(({ kind }) => kind !== "agent"));
    this.runs = workflows.map((of, index) => this.#makeRun(of, index, shape.chance(0.5) ? 1 : 0));
    for (const run of this.runs) if (shape.chance(0.4)) this.#name(run);
    this.team = new Team({
      ...{ seed, abandonAfterMs: ABANDON_MS },
      assignmentOf: (runId) => this.#models.get(runId),
      report: (failure) => this.report(failure),
      tell: (line) => this.tell(line),
    });
    this.#operator = new Operator(this);
  }

  /** Lets the world go on until every run has ended, and looks at what is left. */
  async run(): Promise<void> {
    const [runs, steps] = [this.runs.length, this.runs[0]?.definition.steps.length ?? 0];
    this.tell(
      `seed ${this.#options.seed}: ${runs} ${runs === 1 ? "run" : "runs"} of ${steps} ${steps === 1 ? "step" : "steps"}`,
    );
    this.#operator.begin();
    let endsAt: number | undefined;
    const most =
      MOST_HAPPENINGS + (this.runs[0]?.definition.steps.length ?? 0) * HAPPENINGS_OF_A_STEP;
    while (this.failures.length === 0) {
      await turnOver();
      if (this.failures.length > 0) break;
      if (this.#happened > most) this.report(`after ${most} happenings a run has not ended`);
      if (this.#somethingGoesWrong()) continue;
      const did = this.time.step(this.random, this.#clocks());
      if (did === "happened") this.#happened += 1;
      if (did !== undefined) continue;
      checkAtRest(this);
      if (this.#operator.isOver) {
        endsAt ??= this.time.now + AFTERMATH_MS;
        if (this.time.now > endsAt) break;
      }
      if (!this.time.advance(this.random)) {
        if (!this.#operator.isOver)
          this.report("nothing will ever happen again, and a run has not ended");
        break;
      }
    }
    for (const process of this.processes) if (!process.isDead) process.die(true);
    if (this.failures.length === 0) for (const run of this.runs) checkJournal(this, run);
    await turnOver();
  }

  /** How many of the planned faults came to pass. */
  get firedCount(): number {
    return this.#fired + this.faults.filter(({ kind }) => kind === "agent").length;
  }

  get elapsedMs(): number {
    return this.#operator.overAt - BEGINNING;
  }

  report(failure: string): void {
    this.failures.push(failure);
    this.tell(`WRONG: ${failure}`);
  }

  tell(line: string): void {
    this.trace.push(`${String(this.time.now - BEGINNING).padStart(7)} ms  ${line}`);
  }

  // --- processes

  /** A new process with an engine on the database. */
  async launch(skewMs = 0): Promise<SimulatedProcess> {
    const process = new SimulatedProcess(
      `process-${this.processes.length + 1}`,
      this.time,
      this.#wallClockMs + skewMs,
    );
    this.processes.push(process);
    this.tell(`${process.name} begins`);
    const { databases, wrapStorage = (storage) => storage } = this.#options;
    const storage = storageOfProcess(wrapStorage(databases.connect()), {
      ownerId: process.name,
      isDead: () => process.isDead,
      isSeenDead: (ownerId) =>
        this.processes.some((other) => other.name === ownerId && other.isDead && other.isDeathSeen),
      faultOf: (method, writes) => this.#faultOf(process, method, writes),
      die: () => this.#operator.crash(process, true),
      acquired: (runId, isRecovery) => this.#acquired(process, runId, isRecovery),
      committed: (commit) => this.#committed(process, commit),
      foundNoRoom: (commit) => {
        for (const { runId } of commit.runs) this.#setAside(runId);
      },
    });
    const chance = this.random.fork();
    process.engine = await WorkflowEngine.open({
      storage,
      agents: { "*": this.team.agentFor(process) },
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

  /** The name under which the next id is given out is that of the run that is being started. */
  starting(run: SimulatedRun, start: () => void): void {
    this.#starting = run;
    start();
    this.#starting = undefined;
  }

  #nextId(): string {
    this.#ids += 1;
    const id = `${this.#options.seed.toString(16).padStart(8, "0")}-${String(this.#ids).padStart(4, "0")}`;
    const run = this.#starting;
    if (run !== undefined) {
      this.#starting = undefined;
      this.#identify(run, id);
    }
    return id;
  }

  #identify(run: SimulatedRun, id: string): void {
    run.id = id;
    run.model = new RunModel(run.definition, (failure) => this.report(`${run.name}: ${failure}`));
    this.#models.set(id, run);
  }

  #name(run: SimulatedRun): void {
    run.isNamed = true;
    this.#identify(run, `seed-${this.#options.seed}.${run.name.replace(" ", "-")}`);
  }

  #clocks(): SimulatedProcess["clock"][] {
    return this.processes.filter(({ isDead }) => !isDead).map(({ clock }) => clock);
  }

  #makeRun(workflow: SimulatedWorkflow, index: number, resumesLeft: number): SimulatedRun {
    const name = `run ${index + 1}`;
    const script = new Map<string, Map<number, Extract<Fault, { kind: "agent" }>["does"]>>();
    for (const fault of this.faults) {
      if (fault.kind !== "agent" || fault.run !== index) continue;
      // A script without gaps: whatever comes before the failure that was asked for fails as well.
      const tries = script.get(fault.stepId) ?? new Map();
      tries.set(tries.size, fault.does);
      script.set(fault.stepId, tries);
    }
    return new SimulatedRun(
      name,
      workflow,
      script,
      new RunModel(workflow.definition, () => undefined),
      resumesLeft,
    );
  }

  // --- what is written

  #acquired(process: SimulatedProcess, runId: string, isRecovery = false): void {
    const run = this.#models.get(runId);
    if (run === undefined) return;
    run.recoveries = isRecovery ? run.recoveries + 1 : 0;
    if (this.#isAtWork(run, process))
      this.report(`${process.name} takes ${run.name} while ${run.ownedBy?.name} is at work on it`);
    run.ownedBy = process;
  }

  #setAside(runId: string): void {
    const run = this.#models.get(runId);
    if (run !== undefined) run.isPutAside = true;
  }

  // Has a process of which nothing was in the way of its lease a run in hand, or agents that it has not stopped?
  #isAtWork(run: SimulatedRun, other: SimulatedProcess): boolean {
    const { ownedBy: owner, id = "" } = run;
    if (owner === undefined || owner === other || owner.isDead || !owner.clock.isRunning)
      return false;
    const isUndisturbed =
      this.time.now > owner.disturbedAt + DISTURBED_MS &&
      other.clock.now() < owner.clock.now() + LEASE_LEFT_MS;
    return (
      isUndisturbed &&
      (owner.engine?.activeRun(id) !== undefined || this.team.openCalls(owner, id).length > 0)
    );
  }

  #committed(process: SimulatedProcess, commit: Commit): void {
    for (const { runId } of commit.newRuns) this.#acquired(process, runId);
    for (const { runId, entries } of commit.runs) {
      const run = this.#models.get(runId);
      if (run === undefined) {
        this.report(`${process.name} writes ${runId}, a run that no one started`);
        continue;
      }
      if (entries.length > 0) {
        const first = entries[0]?.seq;
        this.tell(
          `${process.name} writes ${run.name} from ${first}: ${entries.map((entry) => this.#describe(entry)).join(", ")}`,
        );
      }
      for (const entry of entries) {
        run.model.apply(entry, (stepId, attempt, reason) =>
          this.team.isMeant(`${runId}/${stepId}/${attempt}`, reason),
        );
        if (entry.type === "cancel_workflow") run.cancelledBy = process;
        if (isOutcome(entry)) run.recoveries = 0;
        if (
          entry.type === "step_completed" &&
          this.team.hasTimedOut(`${runId}/${entry.stepId}/${entry.attemptNumber}`)
        ) {
          this.report(
            `${run.name} records the result of ${entry.stepId}/${entry.attemptNumber}, which had timed out`,
          );
        }
        if (entry.type === "step_failed") this.#checkReason(run, entry);
      }
    }
  }

  // An agent fails as its script says; what else there is are interruptions, sleep, and tasks that lack a value.
  #checkReason(run: SimulatedRun, { stepId = "", attemptNumber, payload }: Entry): void {
    const { reason } = JSON.parse(payload) as { reason: string };
    const key = `${run.id}/${stepId}/${attemptNumber}`;
    if (reason === "interrupted" || this.team.isMeant(key, reason)) return;
    const lacksValue =
      reason === "invalid" && run.model.steps.get(stepId)?.step.task.includes("${{") === true;
    const isOverslept = reason === "timeout" && this.#hasSlept;
    if (!lacksValue && !isOverslept)
      this.report(
        `${run.name} records that ${stepId}/${attemptNumber} failed (${reason}), which its agent did not`,
      );
  }

  #describe({ type, stepId, attemptNumber, payload }: Entry): string {
    if (stepId !== undefined) return `${type} ${stepId}/${attemptNumber}`;
    return type === "execute_step_batch"
      ? `${type} ${(JSON.parse(payload) as { stepIds: string[] }).stepIds.join("+")}`
      : type;
  }

  // --- what goes wrong

  #faultOf(process: SimulatedProcess, method: string, writes: boolean): StorageFault | undefined {
    if (writes) this.#writes += 1;
    for (const fault of this.#pending) {
      if (
        fault.kind !== "storage" ||
        fault.call > this.#writes ||
        writes === (fault.does === "unreadable")
      )
        continue;
      const times = (this.#times.get(fault) ?? 0) + 1;
      this.#times.set(fault, times);
      if (times === fault.times) this.#pending.delete(fault);
      if (times === 1) this.#fired += 1;
      if (fault.does === "busy") {
        this.#isBusy = true;
        // A writer waits for the lock before it gives up; so long nothing of the process goes on.
        this.#sleep(this.random.pick([0, 50, 5000]));
      }
      process.disturbedAt = this.time.now;
      this.tell(`${process.name} calls ${method}: ${fault.does}`);
      return fault.does;
    }
    return undefined;
  }

  #somethingGoesWrong(): boolean {
    if (this.#operator.isOver) return false;
    for (const fault of this.#pending) {
      if (fault.kind === "storage" || fault.kind === "agent") continue;
      if (fault.at === "busy" ? !this.#isBusy : fault.at > this.#happened) continue;
      this.#pending.delete(fault);
      this.#fired += 1;
      this.#goWrong(fault);
      return true;
    }
    return false;
  }

  #goWrong(fault: Exclude<Fault, { kind: "storage" | "agent" }>): void {
    switch (fault.kind) {
      case "jump":
        this.tell(`everything sleeps for ${fault.byMs} ms`);
        this.#sleep(fault.byMs);
        break;
      case "crash": {
        const victim = this.#someProcess();
        if (fault.skewMs !== 0) this.tell(`the wall clock is set by ${fault.skewMs} ms`);
        this.#wallClockMs += fault.skewMs;
        if (victim !== undefined) this.#operator.crash(victim, fault.isSeen);
        break;
      }
      case "close": {
        const process = this.#someProcess();
        if (process !== undefined) void this.#operator.close(process);
        break;
      }
      case "rival":
        this.#operator.sendRival(0);
        break;
      case "stall":
        this.#stall(fault.forMs, fault.skewMs);
        break;
      case "control": {
        const run = this.runs[fault.run];
        if (run !== undefined) this.#operator.control(run, fault.does, fault.from);
        break;
      }
    }
  }

  #sleep(forMs: number): void {
    this.time.now += forMs;
    this.#hasSlept ||= forMs > 0;
    for (const process of this.processes) process.disturbedAt = this.time.now;
  }

  #stall(forMs: number, skewMs: number): void {
    const process = this.#someProcess();
    if (process === undefined) return;
    this.tell(`${process.name} stands still for ${forMs} ms`);
    process.stall();
    this.#hasSlept = true;
    this.time.after(forMs, () => {
      if (!process.isDead) this.tell(`${process.name} goes on`);
      process.wakeUp();
    });
    if (forMs > RIVAL_AFTER_MS)
      this.time.after(RIVAL_AFTER_MS, () => this.#operator.sendRival(skewMs));
  }

  #someProcess(): SimulatedProcess | undefined {
    const candidates = this.processes.filter(
      (process) => !process.isDead && !process.isLeaving && process.clock.isRunning,
    );
    return candidates.length === 0 ? undefined : this.random.pick(candidates);
  }
}

/** The end of a real turn: every promise that could settle has settled. */
function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What an agent did is on record: a run that gets so far does not bring its engines down. */
function isOutcome({ type, payload }: Entry): boolean {
  return (
    type === "step_completed" ||
    (type === "step_failed" && (JSON.parse(payload) as { reason: string }).reason !== "interrupted")
  );
}
