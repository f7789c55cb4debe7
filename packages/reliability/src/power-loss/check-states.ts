import { hash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStorage, RunReader, WorkflowEngine } from "@automatosx/workflow";
import { Random } from "../Random.ts";
import { DiskModel, type DiskState, type Loss } from "./DiskModel.ts";
import { type Rows, readRows, wrongRows } from "./database-rows.ts";
import { brokenPromises, type Promised, promisesOf } from "./promises.ts";
import { type Call, DATABASE, type Recording } from "./record.ts";
import { agents } from "./recorded-workflow.ts";

export interface StatesRequest {
  readonly recording: Recording;
  /** The durability of the recorded run. The states are opened with the same durability. */
  readonly durability: "full" | "process";
  /** The moments of the recording to try: every `of`th, beginning with `part`. */
  readonly part: number;
  readonly of: number;
  /** The number of different states to check. */
  readonly stateCount: number;
  /** The number of states to be read and verified by the storage itself. */
  readonly verifyCount: number;
  /** The number of states in which the run is resumed to its end. */
  readonly resumeCount: number;
}

export interface StatesReport {
  /** Content hashes of the different states that were opened. */
  readonly states: readonly string[];
  /** The number of comparisons of a state with the promises made before the power loss. */
  readonly comparisonCount: number;
  readonly verifiedCount: number;
  readonly resumedCount: number;
  /** The number of comparisons that found a broken promise. */
  readonly lossCount: number;
  /** The largest number of acknowledged events removed by one power loss. */
  readonly mostLost: number;
  /** Descriptions of the first few losses. */
  readonly losses: readonly string[];
  /**
   * Descriptions of the first few faults that are worse than a loss, such as rows that were never
   * written.
   */
  readonly wrong: readonly string[];
}

interface Found {
  readonly rows: Rows;
  readonly wrong: readonly string[];
}

const LOSSES: readonly Loss[] = ["none", "all"];
const RANDOM_LOSSES: readonly Loss[] = ["torn", "half", "torn"];
/** The search stops after this many consecutive rounds without a new state. */
const MAX_IDLE_ROUNDS = 3;
const MAX_DESCRIBED = 5;

/**
 * Rebuilds states in which a power loss may leave a recording's files, opens them and compares them
 * with the promises made before the loss.
 */
export async function checkStates(request: StatesRequest): Promise<StatesReport> {
  // In memory if possible: the states do not need a disk.
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
      this.#found.size < this.#request.stateCount && idle < MAX_IDLE_ROUNDS;
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

  // Replays the recording once and simulates a power loss at each of the moments, once per kind of
  // loss.
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
    // The same state may break a promise that was made after it first occurred.
    const promised = this.#promised[moment] ?? { seq: 0, checkpointIds: [] };
    this.#comparisonCount += 1;
    const broken = brokenPromises(promised, found.rows);
    if (broken.length > 0) {
      this.#lossCount += 1;
      this.#mostLost = Math.max(
        this.#mostLost,
        promised.seq - (found.rows.get("workflow_events")?.size ?? 0),
      );
      if (this.#losses.length < MAX_DESCRIBED)
        this.#losses.push(
          `${describeMoment(this.#request.recording.calls, moment, loss)}: ${broken.join(", ")}`,
        );
    }
    if (!isNew) return;
    const problems = [...found.wrong, ...(await this.#use(state, found.rows))];
    if (problems.length > 0 && this.#wrong.length < MAX_DESCRIBED) {
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

  // Spreads the resumed and verified states evenly over the states that contain the run.
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
        ...(seq === expected && whole === expected
          ? []
          : [`only ${seq} of ${expected} entries were read`]),
      ];
    } catch (error) {
      return [`verify: ${(error as Error).message}`];
    } finally {
      storage.close();
    }
  }

  async #resume(runId: string, rows: Rows): Promise<string[]> {
    const events = rows.get("workflow_events") ?? new Map<string, string>();
    const completed = new Set(
      [...events].flatMap(([, row]) => /\|step_completed\|[^|]*\|([^|]*)\|/.exec(row)?.[1] ?? []),
    );
    const repeated: string[] = [];
    const checkedAgents = Object.fromEntries(
      Object.entries(agents).map(([id, agent]) => [
        id,
        (request: Parameters<typeof agent>[0]) => {
          if (completed.has(request.stepId))
            repeated.push(`${request.stepId} had completed but ran again`);
          return agent(request);
        },
      ]),
    );
    const engine = await WorkflowEngine.open({
      database: this.#file,
      durability: this.#request.durability,
      agents: checkedAgents,
    });
    try {
      const hasEnded = events.get(String(events.size))?.includes("|complete_workflow|") === true;
      const ending = hasEnded
        ? await engine.waitForCompletion(runId)
        : await (await engine.resume(runId)).ending;
      const expected = endingOf(this.#request.recording.calls);
      const actual = JSON.stringify({ ended: ending.status, results: ending.results });
      return [
        ...repeated,
        ...(actual === expected ? [] : [`resume: a different outcome: ${actual.slice(0, 200)}`]),
      ];
    } catch (error) {
      return [`resume: ${(error as Error).message}`];
    } finally {
      await engine.close();
    }
  }
}

function endingOf(calls: readonly Call[]): string | undefined {
  const last = calls.findLast(
    (call) => call.call === "reported" && call.line.startsWith('{"ended"'),
  );
  return last?.call === "reported" ? last.line.trim() : undefined;
}

function hashOf(state: DiskState): string {
  return [...state].map(([name, content]) => `${name} ${hash("sha1", content)}`).join();
}

function describeMoment(calls: readonly Call[], moment: number, loss: Loss): string {
  const call = calls[moment];
  const what =
    call === undefined ? "the end" : `${call.call}${"file" in call ? ` ${call.file}` : ""}`;
  return `power lost before call ${moment} (${what}; unsynced data kept: ${loss})`;
}
