import type { RunStatus } from "@automatosx/schemas";
import type { AgentMap, AgentPort, WorkflowError } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { shortId } from "../render/short-id.js";
import { duration, instant } from "../render/words.js";

/** A run that the engine of a worker has claimed. */
interface Claimed {
  readonly runId: string;
  readonly workflowId: string;
}

/** Prints a line for each run and each attempt that a worker takes and leaves. */
export class WorkerLog {
  readonly #io: CliIo;
  readonly #isJson: boolean;
  #runCount = 0;
  #attemptCount = 0;

  constructor(io: CliIo, { json = false }: { readonly json?: boolean }) {
    this.#io = io;
    this.#isJson = json;
  }

  get runCount(): number {
    return this.#runCount;
  }

  get attemptCount(): number {
    return this.#attemptCount;
  }

  /** Prints what the worker does, as text or as one JSON object. */
  line(type: string, text: string, document: object = {}): void {
    const { stdout } = this.#io;
    const at = Date.now();
    if (this.#isJson) stdout.json({ schemaVersion: SCHEMA_VERSION, type, at, ...document });
    else stdout.line(`${instant(at)}  ${text.split("  ").map(cleanLine).join("  ")}`);
  }

  /** Reports that the engine of the worker has claimed a run, or that the run has left it. */
  run({ runId, workflowId }: Claimed, what: "claimed" | "left", status?: RunStatus): void {
    const name = `run ${shortId(runId)} of ${workflowId}`;
    if (what === "claimed") {
      this.#runCount += 1;
      return this.line("run_claimed", `${name}  claimed`, { runId, workflowId });
    }
    this.#runCount -= 1;
    const text = `${name}  ${status ?? "released"}`;
    this.line("run_left", text, { runId, workflowId, status: status ?? null });
  }

  /** Reports what keeps the worker from its work. */
  problem({ code, message, remedy, runId }: WorkflowError): void {
    const text = remedy === undefined ? message : `${message} ${remedy}`;
    this.line("problem", `${code}  ${text}`, {
      code,
      message,
      ...(runId !== undefined && { runId }),
    });
  }

  /** The same agents, each attempt of which is reported. */
  reporting(agents: AgentMap): AgentMap {
    return Object.fromEntries(
      Object.entries(agents).map(([id, agent]) => [
        id,
        typeof agent === "function"
          ? this.#reported({ execute: async (request) => agent(request) })
          : this.#reported(agent),
      ]),
    );
  }

  #reported(agent: AgentPort): AgentPort {
    return {
      ...agent,
      execute: async (request) => {
        const { runId, stepId, attemptNumber, agentId } = request;
        const about = { runId, stepId, attemptNumber, agentId };
        const what = `run ${shortId(runId)}  ${stepId}#${attemptNumber}  ${agentId}`;
        const startedAt = performance.now();
        const ended = (how: string, more: object = {}): void => {
          this.#attemptCount -= 1;
          const durationMs = Math.round(performance.now() - startedAt);
          const type = "attempt_ended";
          this.line(type, `${what}  ${how}  ${duration(durationMs)}`, {
            ...about,
            ...more,
            durationMs,
          });
        };
        this.#attemptCount += 1;
        this.line("attempt_started", `${what}  started`, about);
        try {
          const result = await agent.execute(request);
          ended("completed", { outcome: "completed" });
          return result;
        } catch (error) {
          const outcome = request.signal.aborted ? "stopped" : "failed";
          ended(`${outcome}: ${messageOf(error)}`, { outcome, error: messageOf(error) });
          throw error;
        }
      },
    };
  }
}
