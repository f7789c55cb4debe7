import type { RunEvent } from "@automatosx/schemas";
import {
  countsText,
  describeEvent,
  type RunView,
  toleratedNote,
} from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { plainStatus } from "../render/status.js";
import { eventText } from "./event-text.js";
import type { IsSimulated, ProgressView } from "./ProgressView.js";
import { simulatedMark } from "./simulated-mark.js";

const HEARTBEAT_MS = 60_000;
/** The maximum number of steps listed in a heartbeat line. */
const HEARTBEAT_STEP_LIMIT = 5;
export const STATUS_WIDTH = 12;

/**
 * Prints one line per change, with the status as the first word. The lines are easy to grep and
 * suitable for a CI log.
 */
export class LinesView implements ProgressView {
  readonly #out: Output;
  readonly #run: RunView;
  readonly #isSimulated: IsSimulated;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(out: Output, run: RunView, isSimulated: IsSimulated) {
    this.#out = out;
    this.#run = run;
    this.#isSimulated = isSimulated;
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  event(event: RunEvent): void {
    // Show only the final state here; `axw events` shows the others.
    if (event.type === "run_state" && event.status === "running") return;
    const line = describeEvent(event);
    const mark = simulatedMark(event, this.#run, this.#isSimulated) || this.#toleratedNote(event);
    const text = eventText(this.#out, line, STATUS_WIDTH, mark);
    this.#out.line(`${plainStatus(this.#out, line.status, STATUS_WIDTH)}${text}`);
  }

  notice(text: string): void {
    this.#out.line(text);
  }

  stop(): void {
    clearInterval(this.#heartbeat);
  }

  #toleratedNote(event: RunEvent): string {
    return event.type === "run_state" && event.status === "completed"
      ? toleratedNote(this.#run.metrics())
      : "";
  }

  // A heartbeat shows that a run without new lines has not hung.
  #beat(): void {
    const active = this.#run.activeSteps();
    const names = active.slice(0, HEARTBEAT_STEP_LIMIT).map(({ id }) => cleanLine(id));
    if (active.length > names.length) names.push(`${active.length - names.length} more`);
    const progress = countsText(this.#run.counts());
    const status = plainStatus(this.#out, "running", STATUS_WIDTH);
    this.#out.line(`${status}${progress}; in flight: ${names.join(", ")}`);
  }
}
