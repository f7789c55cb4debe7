import { hash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStorage, RunReader, WorkflowEngine } from "@automatosx/workflow";
import { Random } from "../random.ts";
import { DiskModel, type DiskState, type Loss } from "./DiskModel.ts";
import { type Rows, readRows, wrongRows } from "./journal-rows.ts";
import { brokenPromises, type Promised, promisesOf } from "./promises.ts";
import { type Call, DATABASE, type Recording } from "./record.ts";
import { agents } from "./small-workflow.ts";

export interface StatesRequest {
  readonly recording: Recording;
  /** What the recorded run promised, and what the states are opened with. */
  readonly durability: "full" | "process";
  /** The share of the recording's moments that are tried here: every `of`-th, beginning with `part`. */
  readonly part: number;
  readonly of: number;
  /** How many different states are to be checked here. */
  readonly stateCount: number;
  /** How many of them are read by the storage's own verification, and how many are resumed to their end. */
  readonly verifyCount: number;
  readonly resumeCount: number;
}

export interface StatesReport {
  /** Content hashes of the different states that were opened. */
  readonly states: readonly string[];
  /** How often a state was held against what had been promised at the moment of the loss. */
  readonly comparisonCount: number;
  readonly verifiedCount: number;
  readonly resumedCount: number;
  /** How many comparisons found a broken promise, and the most events that were gone. */
  readonly lossCount: number;
  readonly mostLost: number;
  /** The first few, in words. */
  readonly losses: readonly string[];
  /** Rows that were never written, and what else is worse than a loss. */
  readonly wrong: readonly string[];
}

interface Found {
  readonly rows: Rows;
  readonly wrong: readonly string[];
}

const LOSSES: readonly Loss[] = ["none", "all"];
const RANDOM_LOSSES: readonly Loss[] = ["torn", "half", "torn"];
/** Rounds without a single new state after which there are no more to be found. */
const MOST_IDLE_ROUNDS = 3;
const MOST_SAID = 5;

/** Rebuilds states in which a power loss may leave the files of a recording, opens them, and holds them against what was promised. */
export async function checkStates(request: StatesRequest): Promise<StatesReport> {
  // In memory where the system has it: the states need no disk of their own.
  const folder = mkdtempSync(
    path.join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "power-loss-"),
  );
  try {
    return await new StateChecker(folder, request).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class StateChecker {
  readonly #file: string;
  readonly #request: StatesRequest;
  readonly #final: Rows;
  readonly #promised: readonly Promised[];
  readonly #found = new Map<string, Found>();
  readonly #losses: string[] = [];
  readonly #wrong: string[] = [];
  #comparisonCount = 0;
  #lossCount = 0;
  #mostLost = 0;
  #verifiedCount = 0;
  #resumedCount = 0;

  constructor(folder: string, request: StatesRequest) {
    this.#file = path.join(folder, DATABASE);
    this.#request = request;
    writeFileSync(this.#file, request.recording.final);
    this.#final = readRows(this.#file);
    this.#promised = promisesOf(request.recording.calls, this.#final);
  }

  async run(): Promise<StatesReport> {
    await this.#round(0, LOSSES);
    for (
      let round = 1, idle = 0;
      this.#found.size < this.#request.stateCount && idle < MOST_IDLE_ROUNDS;
      round += 1
    ) {
      const before = this.#found.size;
      await this.#round(round, [RANDOM_LOSSES[round % RANDOM_LOSSES.length] ?? "torn"]);
      idle = this.#found.size === before ? idle + 1 : 0;
    }
    return {
      states: [...this.#found.keys()],
      comparisonCount: this.#comparisonCount,
      verifiedCount: this.#verifiedCount,
      resumedCount: this.#resumedCount,
      lossCount: this.#lossCount,
      mostLost: this.#mostLost,
      losses: this.#losses,
      wrong: this.#wrong,
    };
  }

  // One walk through the recording; at each moment of ours the power goes, once a kind of loss.
  async #round(round: number, losses: readonly Loss[]): Promise<void> {
    const { recording, part, of, stateCount } = this.#request;
    const model = new DiskModel();
    for (const [moment, call] of recording.calls.entries()) {
      if (moment % of === part && this.#found.size < stateCount) {
        const random = new Random(round * 1_000_003 + moment);
        for (const loss of losses)
          await this.#lose(moment, loss, model.afterPowerLoss(loss, random));
      }
      model.apply(call);
    }
  }

  async #lose(moment: number, loss: Loss, state: DiskState): Promise<void> {
    const key = hashOf(state);
    const isNew = !this.#found.has(key);
    const found = this.#found.get(key) ?? this.#open(state);
    this.#found.set(key, found);
    // An old state may break a newer promise.
    const promised = this.#promised[moment] ?? { seq: 0, checkpointIds: [] };
    this.#comparisonCount += 1;
    const broken = brokenPromises(promised, found.rows);
    if (broken.length > 0) {
      this.#lossCount += 1;
      this.#mostLost = Math.max(
        this.#mostLost,
        promised.seq - (found.rows.get("workflow_events")?.size ?? 0),
      );
      if (this.#losses.length < MOST_SAID)
        this.#losses.push(
          `${describeMoment(this.#request.recording.calls, moment, loss)}: ${broken.join(", ")}`,
        );
    }
    if (!isNew) return;
    const problems = [...found.wrong, ...(await this.#use(state, found.rows))];
    if (problems.length > 0 && this.#wrong.length < MOST_SAID) {
      this.#wrong.push(
        `${describeMoment(this.#request.recording.calls, moment, loss)}: ${problems[0]}`,
      );
    }
  }

  #open(state: DiskState): Found {
    this.#write(state);
    try {
      const rows = readRows(this.#file);
      return { rows, wrong: wrongRows(rows, this.#final) };
    } catch (error) {
      return {
        rows: new Map(),
        wrong: [`the database does not open: ${(error as Error).message}`],
      };
    }
  }

  #write(state: DiskState): void {
    for (const suffix of ["", "-wal", "-shm", "-journal"])
      rmSync(this.#file + suffix, { force: true });
    for (const [name, content] of state)
      writeFileSync(path.join(path.dirname(this.#file), name), content);
  }

  // Samples, evenly over the states that have the run: by the storage's own eyes, and by the engine to the end.
  async #use(state: DiskState, rows: Rows): Promise<string[]> {
    const runId = rows.get("workflow_runs")?.keys().next().value;
    if (runId === undefined) return [];
    const { stateCount, verifyCount, resumeCount } = this.#request;
    const share = this.#found.size / stateCount;
    if (this.#resumedCount < resumeCount * share) {
      this.#resumedCount += 1;
      this.#write(state);
      return this.#resume(runId, rows);
    }
    if (this.#verifiedCount >= verifyCount * share) return [];
    this.#verifiedCount += 1;
    this.#write(state);
    return this.#verify(runId, rows);
  }

  #verify(runId: string, rows: Rows): string[] {
    const storage = openSqliteStorage({ path: this.#file, durability: this.#request.durability });
    try {
      const { seq, problems } = RunReader.open(storage, runId).catchUp();
      const whole = [...storage.readJournal(runId)].length;
      const expected = rows.get("workflow_events")?.size ?? 0;
      return [
        ...problems.map(({ message }) => message),
        ...(seq === expected && whole === expected ? [] : [`read to ${seq} of ${expected}`]),
      ];
    } catch (error) {
      return [`verification: ${(error as Error).message}`];
    } finally {
      storage.close();
    }
  }

  async #resume(runId: string, rows: Rows): Promise<string[]> {
    const isDone = (seq: string): boolean =>
      rows.get("workflow_events")?.get(seq)?.includes("|complete_workflow|") === true;
    const done = new Set(
      [...(rows.get("workflow_events") ?? [])].flatMap(
        ([, row]) => /\|step_completed\|[^|]*\|([^|]*)\|/.exec(row)?.[1] ?? [],
      ),
    );
    const again: string[] = [];
    const counting = Object.fromEntries(
      Object.entries(agents).map(([id, agent]) => [
        id,
        (request: Parameters<typeof agent>[0]) => {
          if (done.has(request.stepId)) again.push(`${request.stepId} is done and was done again`);
          return agent(request);
        },
      ]),
    );
    const engine = await WorkflowEngine.open({
      database: this.#file,
      durability: this.#request.durability,
      agents: counting,
    });
    try {
      const isOver = isDone(String(rows.get("workflow_events")?.size ?? 0));
      const ending = isOver
        ? await engine.waitForCompletion(runId)
        : await (await engine.resume(runId)).ending;
      const expected = endingOf(this.#request.recording.calls);
      const actual = JSON.stringify({ ended: ending.status, results: ending.results });
      return [
        ...again,
        ...(actual === expected
          ? []
          : [`resumed, the run ended otherwise: ${actual.slice(0, 200)}`]),
      ];
    } catch (error) {
      return [`resume: ${(error as Error).message}`];
    } finally {
      await engine.close();
    }
  }
}

function endingOf(calls: readonly Call[]): string | undefined {
  const last = calls.findLast((call) => call.call === "told" && call.line.startsWith('{"ended"'));
  return last?.call === "told" ? last.line.trim() : undefined;
}

function hashOf(state: DiskState): string {
  return [...state].map(([name, content]) => `${name} ${hash("sha1", content)}`).join();
}

function describeMoment(calls: readonly Call[], moment: number, loss: Loss): string {
  const call = calls[moment];
  const what =
    call === undefined ? "the end" : `${call.call}${"file" in call ? ` ${call.file}` : ""}`;
  return `power lost before call ${moment} (${what}), ${loss} of what was not synced kept`;
}
