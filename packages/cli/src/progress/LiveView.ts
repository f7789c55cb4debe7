import type { RunEvent } from "@automatosx/schemas";
import type { RunView, StepSnapshot } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import type { Output } from "../Output.js";
import { cutToWidth } from "../render/display-width.js";
import { LiveRegion } from "../render/LiveRegion.js";
import { statusWord } from "../render/status.js";
import { duration } from "../render/words.js";
import { wrap } from "../render/wrap.js";
import { describeEvent, eventText } from "./describe-event.js";
import { type IsSimulated, type ProgressView, SIMULATED } from "./ProgressView.js";

const STATUS_WIDTH = 14;

/**
 * Appends finished steps, which stay in the scrollback, and redraws the steps in flight in a
 * bounded region below them.
 */
export class LiveView implements ProgressView {
  readonly #out: Output;
  readonly #run: RunView;
  readonly #isSimulated: IsSimulated;
  readonly #region: LiveRegion;
  readonly #startedAt: number;

  constructor(io: CliIo, run: RunView, isSimulated: IsSimulated) {
    this.#out = io.stdout;
    this.#run = run;
    this.#isSimulated = isSimulated;
    this.#startedAt = Date.now();
    this.#region = new LiveRegion(
      io.stdout,
      (height, width) => this.#rows(height, width),
      (action) => io.onExit(action),
    );
    this.#region.refresh();
  }

  event(event: RunEvent): void {
    this.#region.refresh();
    // A started step is shown in the region, and the summary reports how the run ended.
    if (event.type === "step_started" || event.type === "run_state") return;
    const line = describeEvent(event);
    const isSimulated =
      "stepId" in event && this.#isSimulated(this.#run.step(event.stepId)?.agentId ?? "");
    const text = eventText(this.#out, line, STATUS_WIDTH, isSimulated ? SIMULATED : "");
    this.#region.append(`${statusWord(this.#out, line.status, STATUS_WIDTH)}${text}`);
  }

  notice(text: string): void {
    for (const line of wrap(this.#out, text, "  ")) this.#region.append(line);
  }

  stop(): void {
    this.#region.stop();
  }

  #rows(height: number, width: number): string[] {
    const active = this.#run.activeSteps();
    // One row is for the counters; if steps are omitted, another row counts them.
    const shown = active.slice(
      0,
      active.length > height - 1 ? Math.max(0, height - 2) : height - 1,
    );
    const rows = shown.map((step) => this.#row(step, width));
    if (active.length > shown.length && height > 1)
      rows.push(
        this.#out.paint(
          "gray",
          cutToWidth(`  … and ${active.length - shown.length} more in flight`, width),
        ),
      );
    rows.push(this.#out.paint("bold", cutToWidth(this.#counters(), width)));
    return rows;
  }

  #row(step: StepSnapshot, width: number): string {
    const now = Date.now();
    const time =
      step.status === "waiting"
        ? `retries in ${duration(Math.max(0, (step.retryAt ?? now) - now))}`
        : duration(Math.max(0, now - (step.startedAt ?? now)));
    const attempt = step.attemptNumber > 1 ? `  attempt ${step.attemptNumber}` : "";
    const { agentId = "" } = this.#run.step(step.id) ?? {};
    const simulated = this.#isSimulated(agentId) ? `  ${SIMULATED}` : "";
    const tail = `  ${time}  ${cleanLine(agentId)}${attempt}${simulated}`;
    const room = width - STATUS_WIDTH;
    const name = cutToWidth(cleanLine(step.id), Math.max(8, room - tail.length));
    if (room <= 0) return cutToWidth(`${step.status} ${name}`, width);
    return `${statusWord(this.#out, step.status, STATUS_WIDTH)}${cutToWidth(name + tail, room)}`;
  }

  #counters(): string {
    const counts = this.#run.counts();
    const parts = [`${counts.completed}/${counts.total} completed`];
    for (const status of ["running", "waiting", "failed", "skipped"] as const) {
      if (counts[status] > 0) parts.push(`${counts[status]} ${status}`);
    }
    return [...parts, duration(Date.now() - this.#startedAt)].join(" · ");
  }
}
