import { type PreparedWorkflow, type StoragePort, WorkflowEngine } from "@automatosx/workflow";
import type { Databases } from "../engine/Databases.js";
import { SimulatedProcess } from "../engine/SimulatedProcess.js";
import { VirtualTime } from "../engine/VirtualTime.js";
import { SeededRandom } from "../SeededRandom.js";
import { beginWork } from "./begin-work.js";
import { checkFences, checkSlots } from "./check-fences.js";
import { checkHostRun } from "./check-host-run.js";
import { mustBeExpectedOfHost } from "./expected-of-host.js";
import { Host } from "./Host.js";
import { HostDatabase } from "./HostDatabase.js";
import type { HostFault } from "./HostFault.js";
import { HostLink } from "./HostLink.js";
import { type HostPlan, type PlannedRun, planHosts } from "./HostPlan.js";
import { type HostRules, soundHostRules } from "./HostRules.js";
import { storageOfHost } from "./HostStorage.js";
import { type HostCall, HostTeam } from "./HostTeam.js";
import type { HostsView } from "./hosts-view.js";
import { injectFault } from "./inject-fault.js";
import { RunRecords } from "./RunRecords.js";

/** The start time of every world, in ms since the epoch, by the clock of the database. */
const BEGINNING = 1_700_000_000_000;

/** How long a world may take after its last fault, in ms. */
const MAX_QUIET_MS = 1_800_000;

/** How long a client waits before it repeats what failed, in ms. */
const AGAIN_MS = 1000;

/** How often a person looks for runs that no worker continues any more, in ms. */
const CARE_MS = 60_000;

/** How long a world continues after its last run has ended, in ms. */
const AFTERMATH_MS = 5000;

const CLOSE_MS = 5000;

export interface HostsWorldOptions {
  readonly seed: number;
  readonly databases: Databases;
  /** Tests plant bugs here. */
  readonly rules?: HostRules;
  /** Indexes of the planned faults that happen; by default all. */
  readonly only?: readonly number[];
}

/** The world of a seed: three hosts that execute runs of one database, and what goes wrong. */
export class HostsWorld implements HostsView {
  readonly time = new VirtualTime(BEGINNING);
  readonly random: SeededRandom;
  readonly plan: HostPlan;
  readonly faults: readonly HostFault[];
  readonly hosts: readonly Host[];
  readonly database: HostDatabase;
  readonly team: HostTeam;
  readonly records: RunRecords;
  readonly failures: string[] = [];
  readonly trace: string[] = [];
  /** The rows, as the world sees them. */
  readonly rows: StoragePort;
  readonly #options: HostsWorldOptions;
  readonly #rules: HostRules;
  #client: SimulatedProcess | undefined;
  #processCount = 0;
  #idCount = 0;

  constructor(options: HostsWorldOptions) {
    this.#options = options;
    const { seed, databases, rules = soundHostRules, only } = options;
    databases.begin(seed);
    this.rows = databases.connect();
    this.#rules = rules;
    this.random = new SeededRandom(seed);
    this.plan = planHosts(seed);
    this.faults =
      only === undefined
        ? this.plan.faults
        : only.flatMap((index) => this.plan.faults[index] ?? []);
    this.records = new RunRecords(this);
    this.database = new HostDatabase(this.time, rules, this.records);
    this.hosts = this.plan.slots.map((slots, index) =>
      this.#makeHost(`host-${index + 1}`, slots, this.plan.skewsMs[index] ?? 0),
    );
    this.team = new HostTeam({
      seed,
      log: (line) => this.log(line),
      report: (failure) => this.report(failure),
      began: (call) => this.#began(call),
    });
  }

  /** Runs the world until every run has ended and all is quiet, then checks what is stored. */
  async run(): Promise<void> {
    const client = this.#makeHost("client", 0, 0);
    this.#client = await this.launch(client);
    for (const host of this.hosts) void this.start(host);
    for (const run of this.plan.runs) this.time.after(run.at, () => void this.#enqueue(run));
    for (const fault of this.faults)
      this.time.after(fault.at, () => this.#while(() => injectFault(this, fault)));
    this.time.after(this.plan.quietAt + CARE_MS, () => void this.#care());
    await this.#runToEnd();
    for (const { process } of [...this.hosts, client])
      if (process !== undefined && !process.isDead) process.die(true);
    if (this.failures.length === 0)
      for (const { runId, workflow } of this.plan.runs) checkHostRun(this, runId, workflow);
    await turnOver();
  }

  get quietAt(): number {
    return BEGINNING + this.plan.quietAt;
  }

  get elapsedMs(): number {
    return this.time.now - BEGINNING;
  }

  report(failure: string): void {
    this.failures.push(failure);
    this.log(`BROKEN: ${failure}`);
  }

  log(line: string): void {
    this.trace.push(`${String(this.time.now - BEGINNING).padStart(7)} ms  ${line}`);
  }

  hostOf(process: SimulatedProcess): Host | undefined {
    return this.hosts.find((host) => host.process === process);
  }

  /** Starts a process on a host, with an engine that looks for work. */
  async start(host: Host): Promise<void> {
    const process = await this.launch(host);
    if (process.isDead || process.engine === undefined) return;
    host.loop = beginWork(this, host, process.engine);
  }

  async launch(host: Host): Promise<SimulatedProcess> {
    this.#processCount += 1;
    const name = `${host.name}#${this.#processCount}`;
    const process = new SimulatedProcess(name, this.time, host.skewMs);
    host.process = process;
    this.log(`${name} starts`);
    const chance = this.random.fork();
    process.engine = await WorkflowEngine.open({
      storage: storageOfHost({
        rows: this.#options.databases.connect(),
        database: this.database,
        link: host.link,
        process,
        rules: this.#rules,
        hearsChanges: this.random.chance(0.5),
      }),
      agents: { "*": this.team.agentOf(process) },
      leaseMs: this.plan.leaseMs,
      // A client leaves its runs to the workers.
      executes: host.slots > 0,
      ports: {
        clock: process.clock,
        chance: { next: () => chance.next() },
        ids: { next: () => this.#nextId() },
      },
    });
    return process;
  }

  async #enqueue({ runId, workflow }: PlannedRun): Promise<void> {
    for (;;) {
      try {
        await this.#submit(runId, workflow);
        this.log(`${runId} is enqueued`);
        return;
      } catch (error) {
        mustBeExpectedOfHost(this, error, `the client enqueues ${runId}`);
      }
      await this.#sleep(AGAIN_MS);
    }
  }

  async #submit(runId: string, workflow: PreparedWorkflow): Promise<void> {
    const engine = this.#client?.engine;
    await engine?.enqueue(workflow, { runId });
  }

  // After three recoveries without an outcome, a run waits until a user resumes it.
  async #care(): Promise<void> {
    for (const { runId } of this.plan.runs) {
      const row = this.rows.getRun(runId);
      const isOwned = row?.owner !== undefined && (row.leaseUntil ?? 0) >= this.database.now;
      if (row?.status !== "running" || isOwned || row.failedRecoveries < 3) continue;
      try {
        await this.#client?.engine?.send(runId, { verb: "resume" });
        this.log(`${runId} is resumed by its id`);
      } catch (error) {
        mustBeExpectedOfHost(this, error, `the client resumes ${runId}`);
      }
    }
    this.time.after(CARE_MS, () => void this.#care());
  }

  #sleep(forMs: number): Promise<void> {
    return new Promise((resolve) => void this.time.after(forMs, resolve));
  }

  #while(action: () => Promise<void> | undefined): void {
    void action();
  }

  #began(call: HostCall): void {
    const { process, runId, stepId, attemptNumber } = call;
    const what = `${process.name} begins ${runId}/${stepId}/${attemptNumber}`;
    if (process.isDead) this.report(`${what}, although it is dead`);
    if (!this.database.isHeld(runId, process.name))
      this.report(`${what}, although it does not have the lease`);
    const recorded = this.records.attemptOf(runId, stepId);
    if (recorded !== attemptNumber)
      this.report(`${what}; the newest attempt in the journal is ${recorded}`);
    if (this.records.hasResult(runId, stepId)) this.report(`${what}, which has a result`);
    checkSlots(this, process);
  }

  async #runToEnd(): Promise<void> {
    let endsAt = Number.POSITIVE_INFINITY;
    while (this.failures.length === 0) {
      await turnOver();
      if (this.failures.length > 0) return;
      if (this.time.step(this.random, this.#clocks()) !== undefined) continue;
      if (this.#isDone && endsAt === Number.POSITIVE_INFINITY) {
        endsAt = this.time.now + AFTERMATH_MS + this.plan.latestMs;
        for (const { loop } of this.hosts) void loop?.drain(CLOSE_MS);
      }
      if (this.time.now > endsAt) return this.#checkRest();
      if (this.time.now > this.quietAt + MAX_QUIET_MS) {
        this.report(`not every run has ended: ${this.records.describeOpen()}`);
        return;
      }
      if (!this.time.advance(this.random)) return this.report("nothing can happen any more");
      checkFences(this);
    }
  }

  get #isDone(): boolean {
    return (
      this.time.now > this.quietAt &&
      this.plan.runs.every(({ runId }) => this.records.hasEnded(runId))
    );
  }

  #checkRest(): void {
    for (const { process, runId, stepId } of this.team.alive)
      this.report(`the agent of ${runId}/${stepId} is still alive in ${process.name}`);
    for (const [runId, { ownerId }] of this.database.leases)
      this.report(`${ownerId} still owns ${runId}`);
  }

  #clocks(): SimulatedProcess["clock"][] {
    return [this.#client, ...this.hosts.map(({ process }) => process)].flatMap((process) =>
      process === undefined || process.isDead ? [] : [process.clock],
    );
  }

  #makeHost(name: string, slots: number, skewMs: number): Host {
    const host = new Host(name, this.time, slots, skewMs);
    const { time, database } = this;
    host.link = new HostLink(time, database, this.random.fork(), (process, forMs) =>
      host.block(process, forMs),
    );
    return host;
  }

  #nextId(): string {
    this.#idCount += 1;
    return `${this.#options.seed}-${String(this.#idCount).padStart(6, "0")}`;
  }
}

/** Resolves when every promise that can settle has settled. */
function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
