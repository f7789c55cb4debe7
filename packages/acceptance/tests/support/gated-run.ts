import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { axw, type Finished, ndjson, type Running, startAxw } from "./axw.js";
import { sandbox } from "./sandbox.js";
import { until } from "./until.js";

const agentFile = fileURLToPath(new URL("../fixtures/gated-agent.mjs", import.meta.url));

export interface StepText {
  readonly id: string;
  readonly dependencies?: readonly string[];
  readonly checkpoint?: string;
  readonly retries?: number;
}

export interface Call {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly pid: number;
}

export interface ShownRun {
  readonly runId: string;
  readonly status: string;
}

/**
 * A run started by the CLI in a temporary folder. Each step ends when the test opens its
 * gate.
 */
export class GatedRun {
  readonly folder = sandbox();
  #newest: Running | undefined;

  constructor(steps: readonly StepText[]) {
    const agents = { gated: { command: ["node", agentFile], input: "json", output: "json" } };
    const written = steps.map((step) => ({ ...step, agentId: "gated", task: `do ${step.id}` }));
    this.#write(
      "workflow.json",
      JSON.stringify({ id: "gated", name: "Gated", version: "1.0.0", agents, steps: written }),
    );
  }

  start(...more: readonly string[]): Running {
    this.#newest = startAxw(this.folder, "run", "workflow.json", ...more);
    return this.#newest;
  }

  resume(runId: string, ...more: readonly string[]): Running {
    this.#newest = startAxw(this.folder, "resume", runId, ...more);
    return this.#newest;
  }

  follow(runId: string): Running {
    return startAxw(this.folder, "events", runId, "--follow", "--json");
  }

  axw(...args: readonly string[]): Promise<Finished> {
    return axw(this.folder, ...args);
  }

  /** Lets a step end, or every step if `stepId` is "all". If `how` is "fail", the step fails. */
  open(stepId: string, how = ""): void {
    this.#write(`open-${stepId}`, how);
  }

  /** The agent calls so far. */
  calls(): Call[] {
    const file = path.join(this.folder, "calls.ndjson");
    return existsSync(file) ? ndjson<Call>(readFileSync(file, "utf8")) : [];
  }

  /** The calls as `step#attempt`, sorted. */
  callNames(): string[] {
    return this.calls()
      .map(({ stepId, attemptNumber }) => `${stepId}#${attemptNumber}`)
      .sort();
  }

  /**
   * Waits for a step's newest call. If `axw` ends without calling the step, throws an error with
   * its output.
   */
  called(stepId: string): Promise<Call> {
    return until(`a call of ${stepId}`, () => {
      const call = this.calls().findLast((each) => each.stepId === stepId);
      if (call === undefined && this.#newest?.ended !== undefined)
        throw new Error(`axw ended first: ${this.#newest.ended.stderr}`);
      return call;
    });
  }

  /** The id of the newest run. */
  async runId(): Promise<string> {
    const { stdout } = await this.axw("list", "--json");
    const [newest] = ndjson<ShownRun>(stdout);
    if (newest === undefined) throw new Error("The database has no run yet.");
    return newest.runId;
  }

  /**
   * Waits until the run's events contain the completion of a step, whose result is then on disk.
   */
  async completed(runId: string, stepId: string): Promise<void> {
    for (let poll = 0; poll < 200; poll += 1) {
      const { stdout } = await this.axw("events", runId, "--json");
      if (
        ndjson<{ type: string; stepId?: string }>(stdout).some(
          (event) => event.type === "step_completed" && event.stepId === stepId,
        )
      )
        return;
    }
    throw new Error(`Step ${stepId} of run ${runId} did not complete.`);
  }

  #write(name: string, content: string): void {
    writeFileSync(path.join(this.folder, name), content);
  }
}

/**
 * Whether the process is running. A zombie, which is only waiting for its parent, does not count.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
}
