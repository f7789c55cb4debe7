import type { RunEvent } from "@automatosx/schemas";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import { cutToWidth } from "../render/display-width.js";
import { LiveRegion } from "../render/LiveRegion.js";
import { statusWord } from "../render/status.js";
import { duration } from "../render/words.js";
import { describeEvent, eventText } from "./describe-event.js";
import { type IsSimulated, type ProgressView, SIMULATED } from "./ProgressView.js";
import type { RunTally, StepProgress } from "./RunTally.js";

const STATUS_WIDTH = 14;

/**
 * Finished steps are appended and stay in the scrollback; those in flight live in a bounded region
 * below.
 */
export class LiveView implements ProgressView {
  readonly #out: CliIo["stdout"];
  readonly #tally: RunTally;
  readonly #isSimulated: IsSimulated;
  readonly #region: LiveRegion;
  readonly #startedAt: number;

  constructor(io: CliIo, tally: RunTally, isSimulated: IsSimulated) {
    this.#out = io.stdout;
    this.#tally = tally;
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
    this.#tally.apply(event);
    this.#region.refresh();
    // What has only begun is in the region; the ending of the run is told by the summary.
    if (event.type === "step_started" || event.type === "run_state") return;
    const line = describeEvent(event);
    const isSimulated =
      "stepId" in event && this.#isSimulated(this.#tally.step(event.stepId)?.agentId ?? "");
    const text = eventText(this.#out, line, STATUS_WIDTH, isSimulated ? SIMULATED : "");
    this.#region.append(`${statusWord(this.#out, line.status, STATUS_WIDTH)}${text}`);
  }

  notice(text: string): void {
    this.#region.append(text);
  }

  stop(): void {
    this.#region.stop();
  }

  #rows(height: number, width: number): string[] {
    const active = this.#tally.active();
    // One row for the counters, and one more to say that not all are shown.
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

  #row(step: StepProgress, width: number): string {
    const now = Date.now();
    const time =
      step.status === "waiting"
        ? `again in ${duration(Math.max(0, (step.retryAt ?? now) - now))}`
        : duration(Math.max(0, now - (step.startedAt ?? now)));
    const attempt = step.attemptNumber > 1 ? `  attempt ${step.attemptNumber}` : "";
    const simulated = this.#isSimulated(step.agentId) ? `  ${SIMULATED}` : "";
    const tail = `  ${time}  ${cleanLine(step.agentId)}${attempt}${simulated}`;
    const room = width - STATUS_WIDTH;
    const name = cutToWidth(cleanLine(step.id), Math.max(8, room - tail.length));
    if (room <= 0) return cutToWidth(`${step.status} ${name}`, width);
    return `${statusWord(this.#out, step.status, STATUS_WIDTH)}${cutToWidth(name + tail, room)}`;
  }

  #counters(): string {
    const { size } = this.#tally;
    const parts = [`${this.#tally.count("completed")}/${size} completed`];
    for (const status of ["running", "waiting", "failed", "skipped"] as const) {
      if (this.#tally.count(status) > 0) parts.push(`${this.#tally.count(status)} ${status}`);
    }
    return [...parts, duration(Date.now() - this.#startedAt)].join(" · ");
  }
}
