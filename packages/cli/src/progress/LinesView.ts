import type { RunEvent } from "@automatosx/schemas";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { plainStatus } from "../render/status.js";
import { count } from "../render/words.js";
import { describeEvent, eventText } from "./describe-event.js";
import { type IsSimulated, type ProgressView, SIMULATED } from "./ProgressView.js";
import type { RunTally } from "./RunTally.js";

const HEARTBEAT_MS = 60_000;
const HEARTBEAT_NAMES = 5;
export const STATUS_WIDTH = 12;

/** One line per change, its status as the first word: to be grepped, and kept by CI. */
export class LinesView implements ProgressView {
  readonly #out: Output;
  readonly #tally: RunTally;
  readonly #isSimulated: IsSimulated;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(out: Output, tally: RunTally, isSimulated: IsSimulated) {
    this.#out = out;
    this.#tally = tally;
    this.#isSimulated = isSimulated;
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  event(event: RunEvent): void {
    this.#tally.apply(event);
    // The states on the way to an ending are for `axw events`.
    if (event.type === "run_state" && event.status === "running") return;
    const line = describeEvent(event);
    const isSimulated =
      "stepId" in event && this.#isSimulated(this.#tally.step(event.stepId)?.agentId ?? "");
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
    const active = this.#tally.active();
    const names = active.slice(0, HEARTBEAT_NAMES).map(({ id }) => cleanLine(id));
    if (active.length > names.length) names.push(`${active.length - names.length} more`);
    this.#out.line(
      `${plainStatus(this.#out, "running", STATUS_WIDTH)}${count(this.#tally.count("completed"), "step")} of ${this.#tally.size} completed; in flight: ${names.join(", ")}`,
    );
  }
}
