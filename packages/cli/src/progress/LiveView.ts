import type { RunEvent } from "@automatosx/schemas";
import type { StoragePort } from "@automatosx/workflow/observe";
import {
  countParts,
  describeEvent,
  type RunView,
  type StepSnapshot,
  waitText,
} from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import type { Output } from "../Output.js";
import { LiveRegion } from "../render/LiveRegion.js";
import { shortError } from "../render/reason.js";
import { statusWord } from "../render/status.js";
import { count, wholeSeconds } from "../render/words.js";
import { wrap, wrapAfter } from "../render/wrap.js";
import { eventText } from "./event-text.js";
import { Forecast } from "./Forecast.js";
import { LastLines } from "./LastLines.js";
import { partRows, STATUS_WIDTH, type StepRow, type StepSource, stepRows } from "./live-rows.js";
import { OpenSteps } from "./OpenSteps.js";
import { type IsSimulated, type ProgressView, SIMULATED } from "./ProgressView.js";
import { simulatedMark } from "./simulated-mark.js";
import { UpcomingSteps } from "./UpcomingSteps.js";

/** On a narrower terminal, the other lines of a wrapped text are indented less. */
const MIN_COLUMNS_FOR_INDENT = 60;
const NARROW_INDENT = 4;
/** How many rows the counters may take, and how much of the region. */
const MAX_COUNTER_ROWS = 3;
const MAX_COUNTER_SHARE = 1 / 4;

/** What the live view shows. */
export interface LiveSubject {
  readonly run: RunView;
  readonly isSimulated: IsSimulated;
  /** The database of the run, for the output of its agents and for earlier runs. */
  readonly storage: StoragePort;
  /** The start of the time that is counted, in ms since the epoch. */
  readonly startedAt: number;
}

/** A failed step, and how many rows had been added when its line was. */
interface Failure {
  readonly stepId: string;
  readonly atRow: number;
}

/**
 * Appends what has happened, which stays in the scrollback, and redraws below it, in a bounded
 * region, the steps in flight with what they printed last, and the next ones.
 */
export class LiveView implements ProgressView {
  readonly #out: Output;
  readonly #run: RunView;
  readonly #isSimulated: IsSimulated;
  readonly #region: LiveRegion;
  readonly #upcoming: UpcomingSteps;
  readonly #openSteps: OpenSteps;
  readonly #lastLines: LastLines;
  readonly #forecast: Forecast;
  readonly #failures: Failure[];
  #startedAt: number;
  #isAtRest = false;

  constructor(io: CliIo, { run, isSimulated, storage, startedAt }: LiveSubject) {
    this.#out = io.stdout;
    this.#run = run;
    this.#isSimulated = isSimulated;
    this.#startedAt = startedAt;
    this.#upcoming = new UpcomingSteps(run);
    this.#openSteps = new OpenSteps(run);
    this.#lastLines = new LastLines(storage, run.origin.runId);
    this.#forecast = new Forecast(storage, run, isSimulated);
    this.#region = new LiveRegion(io.stdout, (height, width) => this.#rows(height, width), io);
    // Steps that had failed before the first event that is shown.
    this.#failures = run
      .steps()
      .filter(({ status, kind }) => status === "failed" && kind === undefined)
      .map(({ id }) => ({ stepId: id, atRow: Number.NEGATIVE_INFINITY }));
    this.#region.refresh();
  }

  event(event: RunEvent): void {
    this.#region.refresh();
    if (event.type === "run_state") this.#runChanged(event);
    // A started step is shown in the region, and the summary reports how the run ended.
    if (event.type === "step_started" || event.type === "run_state") return;
    const line = describeEvent(event);
    if (event.type === "step_failed" && event.final)
      this.#failures.push({ stepId: event.stepId, atRow: this.#region.appendedRows });
    const mark = simulatedMark(event, this.#run, this.#isSimulated);
    const text = eventText(this.#out, line, STATUS_WIDTH, mark);
    const status = statusWord(this.#out, line.status, STATUS_WIDTH);
    const { columns } = this.#out;
    const indent = " ".repeat(columns < MIN_COLUMNS_FOR_INDENT ? NARROW_INDENT : STATUS_WIDTH);
    for (const each of wrapAfter(this.#out, status, text, indent, columns - 1))
      this.#region.append(each);
  }

  notice(text: string): void {
    for (const line of wrap(this.#out, text, "  ")) this.#region.append(line);
  }

  stop(): void {
    this.#region.stop();
  }

  #runChanged({ status, at }: Extract<RunEvent, { type: "run_state" }>): void {
    this.#upcoming.reset();
    if (status !== "running") this.#isAtRest = true;
    else if (this.#isAtRest) {
      this.#isAtRest = false;
      this.#startedAt = at;
    }
  }

  #rows(height: number, width: number): string[] {
    const now = Date.now();
    const counterHeight = Math.min(MAX_COUNTER_ROWS, Math.ceil(height * MAX_COUNTER_SHARE));
    const counters = partRows(this.#counters(now), width, counterHeight);
    const steps = stepRows(this.#out, this.#steps(now), {
      height: height - counters.length,
      width,
      now,
    });
    return [...steps, ...counters.map((row) => this.#out.paint("bold", row))];
  }

  #steps(now: number): StepSource {
    const counts = this.#run.counts();
    const active = this.#run.activeSteps();
    const settled = counts.completed + counts.failed + counts.skipped + counts.cancelled;
    return {
      activeCount: active.length,
      upcomingCount: this.#run.hasEnded ? 0 : counts.total - settled - active.length,
      open: (limit) => this.#openSteps.rows(limit),
      active: (limit) => active.slice(0, limit).map((step) => this.#activeRow(step, now)),
      failed: (limit) => this.#hiddenFailures(limit),
      upcoming: (limit) =>
        this.#upcoming.next(limit).map((step) => ({
          status: step.status,
          id: step.id,
          about: cleanLine(this.#upcoming.reasonFor(step)),
        })),
    };
  }

  #activeRow(step: StepSnapshot, now: number): StepRow {
    const { id, status, attemptNumber, startedAt = now } = step;
    const { agentId = "" } = this.#run.step(id) ?? {};
    const parts = [
      status === "waiting" ? waitText(step, now) : wholeSeconds(Math.max(0, now - startedAt)),
      cleanLine(agentId),
      ...(attemptNumber > 1 ? [`attempt ${attemptNumber}`] : []),
      ...(this.#isSimulated(agentId) ? [SIMULATED] : []),
    ];
    const lastLine = status === "running" ? this.#lastLines.of(step) : "";
    return { status, id, about: parts.join("  "), lastLine };
  }

  #hiddenFailures(limit: number): StepRow[] {
    const rows: StepRow[] = [];
    const lastVisible = this.#region.appendedRows - this.#region.visibleRows;
    for (let index = this.#failures.length - 1; index >= 0 && rows.length < limit; index -= 1) {
      const { stepId = "", atRow = 0 } = this.#failures[index] ?? {};
      if (atRow >= lastVisible) continue;
      const step = this.#run.step(stepId);
      if (step?.status !== "failed") continue;
      rows.push({ status: "failed", id: stepId, about: shortError(step.error ?? "") });
    }
    return rows;
  }

  #counters(now: number): string[] {
    const counts = this.#run.counts();
    const forecast = this.#forecast.text(now);
    return [
      ...this.#halt(counts.running),
      ...countParts(counts).map(({ text }) => text),
      wholeSeconds(Math.max(0, now - this.#startedAt)),
      ...(forecast === "" ? [] : [forecast]),
    ];
  }

  // A pause or cancellation may have come from another process.
  #halt(running: number): string[] {
    const { status } = this.#run;
    if (status === "paused")
      return running > 0
        ? [`‖ pausing: ${count(running, "step finishes", "steps finish")}`]
        : ["‖ paused"];
    return status === "cancelled" ? ["■ cancelled: its agents are being stopped"] : [];
  }
}
