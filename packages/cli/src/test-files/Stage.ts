import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { RunEvent } from "@automatosx/schemas";
import {
  openSqliteStorage,
  type PreparedWorkflow,
  RUN_STEP_ID,
  type RunEnding,
  type StoragePort,
  WorkflowEngine,
  WorkflowError,
  WorkflowParser,
} from "@automatosx/workflow";
import { type OpenQuestion, RunReader } from "@automatosx/workflow/observe";
import { questionsOf } from "../waiting/questions-of.js";
import { msOf } from "./behave.js";
import type { Action, Case } from "./Case.js";
import { Cast, type CastMemory } from "./Cast.js";
import { MortalStorage } from "./MortalStorage.js";
import { type RunFacts, readFacts } from "./RunFacts.js";
import { stepAnswer } from "./step-answer.js";
import { type EngineClock, LEASE_MS, VirtualTime } from "./VirtualTime.js";

/** The id of the run of a case. */
const RUN_ID = "test";

/** Stands for a secret that no program receives. */
const PLACEHOLDER = "secret";

/** How often to look whether a program has ended, in ms of real time. */
const LOOK_MS = 5;

/** How long a run may stand still before its case fails, in ms of real time. */
const STILL_MS = 2_000;

/** How long a case may take, in ms of real time. */
const LIMIT_MS = 120_000;

/** An engine that performs one action. */
interface OpenEngine {
  readonly engine: WorkflowEngine;
  readonly clock: EngineClock;
  readonly die: () => void;
}

/** Where a case is played that outlives the process. */
export interface StagePlace {
  /** The folder for everything that is written; it is not removed. */
  readonly folder: string;
  /** The time, in ms since the epoch. */
  readonly startAt: number | undefined;
  readonly memory: CastMemory;
  /** Called when the step that an action waits for is in flight. */
  readonly onMoment: () => void;
}

interface DriveOptions {
  /** Ends the drive before the promise has settled. */
  readonly isDue?: () => boolean;
  /** True while the engine claims the run, which ends what a dead engine left running. */
  readonly isClaim?: boolean;
}

/** A moment at which an action intervenes in the run. */
interface Moment {
  readonly kind: "crash" | "pause" | "cancel";
  readonly step: string;
  readonly attempt: number | undefined;
  /** The number of its newest attempt before the action. */
  readonly knownAttempt: number;
}

/**
 * Where a case is played: a database in memory, a temporary folder for the files of the run,
 * scripted agents, and a virtual clock. Each action has an engine of its own, as if each were a
 * command.
 */
export class Stage implements Disposable {
  readonly cast: Cast;
  readonly #case: Case;
  readonly #directory: string;
  readonly #folder: string;
  readonly #storage: StoragePort;
  readonly #mortal: MortalStorage;
  readonly #time: VirtualTime;
  readonly #place: StagePlace | undefined;
  /** The outputs of the run, once it has completed. */
  #outputs: RunEnding["outputs"];
  /** An engine that died did not release the run. */
  #hasCrashed = false;

  /** `directory`: the folder in which programs run. */
  constructor(
    played: Case,
    directory: string,
    storage: StoragePort = openSqliteStorage({ path: ":memory:" }),
    place?: StagePlace,
  ) {
    this.#case = played;
    this.#directory = directory;
    this.#place = place;
    this.#time = new VirtualTime(place?.startAt);
    const { agents, seed, isGenerated: answersPrograms } = played;
    this.cast = new Cast(agents, { seed, answersPrograms, memory: place?.memory });
    this.#storage = storage;
    this.#folder = place?.folder ?? mkdtempSync(join(tmpdir(), "axw-test-"));
    this.#mortal = new MortalStorage(this.#storage, join(this.#folder, "workflow.db"));
  }

  /** The time on the run's clock, in ms since the epoch. */
  get now(): number {
    return this.#time.now;
  }

  /** Returns the time on the run's clock since an instant, in ms. */
  since(instant: number): number {
    return this.#time.now - instant;
  }

  /**
   * Returns the path of a workflow file of the case. If the case names the files that it refers to,
   * they are copied to where it expects them.
   */
  placed(workflow: string): string {
    return placeFiles(this.#folder, workflow, this.#case.files);
  }

  /** Returns what is known of the run; undefined before its start. */
  facts(): RunFacts | undefined {
    return this.#storage.getRun(RUN_ID) === undefined
      ? undefined
      : { ...readFacts(this.#storage, RUN_ID), outputs: this.#outputs };
  }

  /** Returns the events of the run so far; empty before its start. */
  events(): RunEvent[] {
    const isStarted = this.#storage.getRun(RUN_ID) !== undefined;
    return isStarted ? [...RunReader.open(this.#storage, RUN_ID).advance()] : [];
  }

  /** Returns what the run waits for. */
  questions(): readonly OpenQuestion[] {
    return questionsOf(RunReader.open(this.#storage, RUN_ID).catchUp().view, this.#storage);
  }

  /**
   * Performs an action, and lets the run continue until it has ended or is paused. Throws the error
   * with which the engine refuses the action.
   */
  async perform(action: Action, workflow: PreparedWorkflow): Promise<void> {
    this.cast.generator.about(workflow.definition);
    if (action.advance !== undefined) this.#time.pass(msOf(action.advance));
    else if (action.run === true)
      await this.#runOn(this.#momentOf(action), ({ engine }) =>
        engine.start(workflow, {
          runId: RUN_ID,
          inputs: this.#case.inputs,
          context: this.#case.context,
          startedFrom: { directory: this.#directory },
        }),
      );
    else if (action.resume === true)
      await this.#runOn(this.#momentOf(action), async ({ engine }) => {
        const budget = raisedBudget(action);
        return engine.resume(RUN_ID, budget === undefined ? {} : { budget });
      });
    else if (action.answer !== undefined) await this.#answer(action.answer);
    else if (action.signal !== undefined) await this.#signal(action.signal);
    else if (action.edit !== undefined) await this.#edit(action.edit);
    else if (action.reopen !== undefined) await this.#reopen(action.reopen);
    else if (action.amend !== undefined) await this.#amend(action.amend);
    else if (action.cancel === true) await this.#cancel();
  }

  /** Pauses a run that a dead process has left in progress. */
  async pause(): Promise<void> {
    await this.#withEngine(async (open) => {
      await this.#drive(open, open.engine.pause(RUN_ID));
    });
  }

  /** Reads the outputs of a run that an earlier process has completed. */
  async readOutputs(): Promise<void> {
    await this.#withEngine(async (open) => {
      const ending = open.engine.waitForCompletion(RUN_ID);
      await this.#drive(open, ending);
      this.#outputs = (await ending).outputs;
    });
  }

  /** Removes everything that the case has written. */
  [Symbol.dispose](): void {
    this.#storage.close();
    if (this.#place === undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answer(answer: NonNullable<Action["answer"]>): Promise<void> {
    const { step } = answer;
    const given = stepAnswer(answer, this.facts()?.steps.get(step)?.status);
    await this.#withEngine(async (open) => {
      const { engine } = open;
      await this.#drive(open, engine.answer(RUN_ID, step, given, { resume: false }));
    });
  }

  async #signal({ name, data, id }: NonNullable<Action["signal"]>): Promise<void> {
    const signal = { data: data ?? null, ...(id !== undefined && { signalId: id }) };
    // A child run has its own signals.
    const waiting = this.questions().filter((question) => question.signal === name);
    const own = waiting.find(({ runId }) => runId === RUN_ID);
    const runId = (own ?? waiting[0])?.runId ?? RUN_ID;
    await this.#withEngine(async (open) => {
      const { engine } = open;
      await this.#drive(open, engine.signal(runId, name, signal, { resume: false }));
    });
  }

  async #edit({ step, result, attempt, by, note }: NonNullable<Action["edit"]>): Promise<void> {
    const about = {
      ...(attempt !== undefined && { attemptNumber: attempt }),
      ...(by !== undefined && { by }),
      ...(note !== undefined && { note }),
    };
    await this.#withEngine(async (open) => {
      await this.#drive(open, open.engine.editResult(RUN_ID, step, result, about));
    });
  }

  async #reopen({ steps, downstream }: NonNullable<Action["reopen"]>): Promise<void> {
    const options = downstream === undefined ? {} : { downstream };
    await this.#withEngine(async (open) => {
      await this.#drive(open, open.engine.reopen(RUN_ID, steps, options));
    });
  }

  /** Amends the run with a file, which stands where the workflow of the case does. */
  async #amend(file: string): Promise<void> {
    const checked = await new WorkflowParser().checkFile(this.placed(file));
    if (!checked.ok)
      throw new WorkflowError("invalid_definition", `${basename(file)} is not valid.`, {
        issues: checked.issues,
      });
    await this.#withEngine(async (open) => {
      await this.#drive(open, open.engine.amend(RUN_ID, checked.workflow));
    });
  }

  /** Cancels the run, and performs its handlers. */
  async #cancel(): Promise<void> {
    await this.#withEngine(async (open) => {
      await this.#drive(open, open.engine.cancel(RUN_ID));
    });
    if (this.facts()?.status === "running")
      await this.#runOn(undefined, ({ engine }) => engine.resume(RUN_ID));
  }

  #momentOf({ crashWhen, pauseWhen, cancelWhen, attempt }: Action): Moment | undefined {
    const step = crashWhen ?? pauseWhen ?? cancelWhen;
    if (step === undefined) return undefined;
    const kind = crashWhen !== undefined ? "crash" : pauseWhen !== undefined ? "pause" : "cancel";
    const knownAttempt = this.facts()?.steps.get(step)?.attemptNumber ?? 0;
    return { kind, step, attempt, knownAttempt };
  }

  async #withEngine(use: (open: OpenEngine) => Promise<void>): Promise<void> {
    const clock = this.#time.clock();
    const { storage, die } = this.#mortal.open();
    const { secrets: known, isGenerated = false } = this.#case;
    const secrets = new Map(Object.entries(known));
    const engine = await WorkflowEngine.open({
      storage,
      agents: this.cast.agents(clock),
      secrets: (name) => secrets.get(name) ?? (isGenerated ? PLACEHOLDER : undefined),
      leaseMs: LEASE_MS,
      ports: { clock, chance: { next: () => 0 } },
    });
    const open = { engine, clock, die };
    this.#hasCrashed = false;
    try {
      await use(open);
    } finally {
      if (!this.#hasCrashed) await this.#drive(open, engine.close());
    }
  }

  async #runOn(
    moment: Moment | undefined,
    begin: (open: OpenEngine) => Promise<{ readonly ending: Promise<RunEnding> }>,
  ): Promise<void> {
    await this.#withEngine(async (open) => {
      const trigger = moment === undefined ? undefined : this.cast.arm(moment);
      const isDue = (): boolean =>
        moment !== undefined && (trigger?.hasFired === true || isInFlight(open.engine, moment));
      const begun = begin(open);
      await this.#drive(open, begun, { isDue, isClaim: true });
      const rest = this.#rest(begun);
      const isReached = await this.#drive(open, rest, { isDue });
      if (moment === undefined) return;
      if (!isReached) {
        this.cast.release();
        throw new MissedMoment(moment.step);
      }
      this.#place?.onMoment();
      if (moment.kind === "crash") return this.#crash(open);
      const verb = moment.kind === "pause" ? "pause" : "cancel";
      await this.#drive(open, open.engine[verb](RUN_ID));
      this.cast.release();
      await this.#drive(open, rest);
    });
  }

  async #rest(begun: Promise<{ readonly ending: Promise<RunEnding> }>): Promise<void> {
    const { ending } = await begun;
    this.#outputs = (await ending).outputs;
  }

  #crash({ clock, die }: OpenEngine): void {
    this.#hasCrashed = true;
    clock.stop();
    die();
    this.cast.die();
  }

  /**
   * Lets time pass until the promise has settled; returns true if `isDue` became true first. Time
   * moves only while every attempt in flight waits for it. While a program runs, or a file is read,
   * it does not move faster than real time.
   */
  async #drive(
    { engine }: OpenEngine,
    promise: Promise<unknown>,
    { isDue = () => false, isClaim = false }: DriveOptions = {},
  ): Promise<boolean> {
    let hasSettled = false;
    const settled = (): void => void (hasSettled = true);
    promise.then(settled, settled);
    const startedAt = performance.now();
    let heldSince: number | undefined;
    for (;;) {
      await this.#time.settle();
      if (hasSettled) break;
      if (isDue()) return true;
      const now = performance.now();
      if (now - startedAt > LIMIT_MS)
        throw new Error(`the case has not ended within ${LIMIT_MS / 1000} s`);
      heldSince ??= now;
      const isBusy = isClaim || this.#isBusy(engine);
      if (isBusy && now - heldSince < (this.#time.untilNext() ?? Number.POSITIVE_INFINITY)) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        continue;
      }
      if (this.#time.moveOn()) heldSince = undefined;
      else if (now - heldSince < STILL_MS)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      else throw standsStill();
    }
    await promise;
    return false;
  }

  /** Whether something happens that does not wait for the clock: a program, or a file. */
  #isBusy(engine: WorkflowEngine): boolean {
    return (
      engine.getStats().stepsInFlight > this.cast.waitingCount ||
      process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"))
    );
  }
}

/** The limits that a resume raises; undefined if the budget stays as it is. */
function raisedBudget({
  budget,
  unmetered,
}: Action): Parameters<WorkflowEngine["raiseBudget"]>[1] | undefined {
  if (budget === undefined && unmetered === undefined) return undefined;
  const { usd, tokens, launches, wall } = budget ?? {};
  return {
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { tokens }),
    ...(launches !== undefined && { launches }),
    ...(wall !== undefined && { wallMs: msOf(wall) }),
    ...(unmetered !== undefined && { unmetered }),
  };
}

/** The run came to rest, and no attempt of the step that an action waits for was in flight. */
export class MissedMoment extends Error {
  constructor(step: string) {
    super(`no attempt of \`${step}\` was in flight`);
  }
}

/**
 * Whether the attempt is in flight, if neither a scripted agent nor a program performs it. Those
 * may not have been launched yet when their step is in flight.
 */
function isInFlight(engine: WorkflowEngine, { step, attempt, knownAttempt }: Moment): boolean {
  const found = engine
    .activeRun(RUN_ID)
    ?.steps()
    .find(({ id }) => id === step);
  if (found?.status !== "running" || !found.agentId.startsWith("@")) return false;
  if (found.agentId === RUN_STEP_ID) return false;
  const { attemptNumber } = found;
  return attempt === undefined ? attemptNumber > knownAttempt : attemptNumber === attempt;
}

function standsStill(): Error {
  return new Error(
    "the run cannot continue: no attempt is in flight, no timer is due, and it has neither " +
      "ended nor paused",
  );
}

function placeFiles(
  folder: string,
  workflow: string,
  files: Readonly<Record<string, string>>,
): string {
  if (Object.keys(files).length === 0) return workflow;
  const root = join(folder, "files");
  const placed = join(root, basename(workflow));
  for (const [written, file] of [
    [basename(workflow), workflow],
    ...Object.entries(files),
  ] as const) {
    const target = resolve(root, written);
    if (relative(root, target).startsWith("..")) continue;
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  return placed;
}
