import type { RunEvent } from "@automatosx/schemas";
import type { RunView } from "@automatosx/workflow/run-view";
import type { Output } from "../output.js";
import { cleanLine } from "../render/clean-text.js";
import { plainStatus } from "../render/status.js";
import { count } from "../render/words.js";
import { describeEvent, eventText } from "./describe-event.js";
import { type IsSimulated, type ProgressView, SIMULATED } from "./ProgressView.js";

const HEARTBEAT_MS = 60_000;
const HEARTBEAT_NAMES = 5;
export const STATUS_WIDTH = 12;

/** One line per change, its status as the first word: to be grepped, and kept by CI. */
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
    // The states on the way to an ending are for `axw events`.
    if (event.type === "run_state" && event.status === "running") return;
    const line = describeEvent(event);
    const isSimulated =
      "stepId" in event && this.#isSimulated(this.#run.step(event.stepId)?.agentId ?? "");
    const text = eventText(this.#out, line, STATUS_WIDTH, isSimulated ? SIMULATED : "");
    this.#out.line(`${plainStatus(this.#out, line.status, STATUS_WIDTH)}${text}`);
  }

  notice(text: string): void {
    this.#out.line(text);
  }

  stop(): void {
    clearInterval(this.#heartbeat);
  }

  // So that a log that stands still can be told from a run that does.
  #beat(): void {
    const active = this.#run.activeSteps();
    const { completed, total } = this.#run.counts();
    const names = active.slice(0, HEARTBEAT_NAMES).map(({ id }) => cleanLine(id));
    if (active.length > names.length) names.push(`${active.length - names.length} more`);
    this.#out.line(
      `${plainStatus(this.#out, "running", STATUS_WIDTH)}${count(completed, "step")} of ${total} completed; in flight: ${names.join(", ")}`,
    );
  }
}
