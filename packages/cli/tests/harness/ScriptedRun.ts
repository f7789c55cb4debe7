import type { StepDefinition } from "@automatosx/schemas";
import type { StoragePort } from "@automatosx/workflow/observe";
import { RunView } from "@automatosx/workflow/run-view";
import { vi } from "vitest";
import { LiveView } from "../../src/progress/LiveView.js";
import { FakeIo } from "./FakeIo.js";
import { ScreenRecorder } from "./screen.js";

const STEP = {
  agentId: "worker",
  task: "work",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
};

/** The instant at which every scripted run begins, in ms since the epoch. */
const BEGAN_AT = 1_000_000_000_000;

type Step = Partial<StepDefinition> & { readonly id: string };

interface Script {
  readonly steps: readonly Step[];
  readonly columns: number;
  readonly rows?: number;
  readonly concurrency?: number;
  /** Must be 2 if the steps use more than version 0.1.0 has. */
  readonly language?: 2;
  /** What each step has printed so far. */
  readonly output?: Readonly<Record<string, string>>;
}

/**
 * A run without an engine whose every event a test writes, shown by the live view on a recorded
 * terminal. It needs fake timers.
 */
export class ScriptedRun {
  readonly io: FakeIo;
  readonly recorder: ScreenRecorder;
  readonly run: RunView;
  readonly view: LiveView;
  readonly output: Record<string, string>;
  #seq = 0;

  constructor({ steps, columns, rows = 24, concurrency, language, output = {} }: Script) {
    vi.setSystemTime(BEGAN_AT);
    this.output = { ...output };
    this.io = new FakeIo({ cwd: "/", terminal: { columns, rows } });
    this.recorder = new ScreenRecorder(this.io.out);
    const defined = steps.map((step) => ({ ...STEP, name: step.id, ...step }));
    const definition = { id: "sample", name: "sample", version: "1", language, steps: defined };
    this.run = new RunView(
      {
        runId: "run",
        createdAt: BEGAN_AT,
        definition: definition as never,
        source: "",
        inputs: {},
        context: {},
      },
      { artifact: () => undefined },
    );
    this.view = new LiveView(this.io, {
      run: this.run,
      isSimulated: () => false,
      storage: this.#storage(),
      startedAt: BEGAN_AT,
    });
    this.tell("initiate_workflow", { workflowId: "sample", format: "yaml" });
    this.tell("workflow_parsed", {
      policy: concurrency === undefined ? {} : { concurrency },
    });
    for (const type of ["workflow_valid", "graph_built", "steps_scheduled"]) this.tell(type);
  }

  /** Adds an entry to the journal of the run, now. */
  tell(type: string, payload: object = {}, stepId?: string, attemptNumber = 1): void {
    this.#seq += 1;
    const events = this.run.apply({
      runId: "run",
      seq: this.#seq,
      type,
      at: Date.now(),
      payload: JSON.stringify(payload),
      ...(stepId !== undefined && { stepId, attemptNumber }),
    });
    for (const event of events) this.view.event(event);
  }

  start(...stepIds: readonly string[]): void {
    this.tell("execute_step_batch", { stepIds });
  }

  complete(stepId: string, result: unknown = "done"): void {
    this.tell("step_completed", { result }, stepId);
  }

  fail(stepId: string, error: string, attemptNumber = 1): void {
    this.tell("step_failed", { error, reason: "error", chance: 0.5 }, stepId, attemptNumber);
  }

  /** Lets time pass, with its redraws. */
  wait(ms: number): void {
    vi.advanceTimersByTime(ms);
  }

  /** The rows of the terminal, after the next redraw. */
  async rows(): Promise<readonly string[]> {
    this.wait(100);
    return (await this.recorder.shown()).rows;
  }

  #storage(): StoragePort {
    const lastLogs: StoragePort["lastLogs"] = (runId, stepId) => {
      const text = this.output[stepId];
      if (text === undefined) return [];
      return [{ runId, stepId, attemptNumber: 1, stream: "stdout", at: 0, text }];
    };
    return {
      lastLogs,
      getRun: () => undefined,
      listRuns: () => [],
    } as Partial<StoragePort> as never;
  }
}
