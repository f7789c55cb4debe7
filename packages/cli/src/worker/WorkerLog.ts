import { channel } from "node:diagnostics_channel";
import type { AgentMap, AgentPort } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import type { StoragePort } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { shortId } from "../render/short-id.js";
import { duration, instant } from "../render/words.js";

/** What the engine of a worker publishes about its runs. */
interface Published {
  readonly runId: string;
  readonly storage: StoragePort;
}

const WRITTEN = "automatosx:workflow:written";
const LEFT = "automatosx:workflow:left";

/** Prints a line for each run and each attempt that a worker takes and leaves. */
export class WorkerLog {
  readonly #io: CliIo;
  readonly #isJson: boolean;
  readonly #runs = new Set<string>();
  #attemptCount = 0;

  constructor(io: CliIo, { json = false }: { readonly json?: boolean }) {
    this.#io = io;
    this.#isJson = json;
  }

  get runCount(): number {
    return this.#runs.size;
  }

  get attemptCount(): number {
    return this.#attemptCount;
  }

  /** Prints what the worker does, as text or as one JSON object. */
  line(type: string, text: string, document: object = {}): void {
    const { stdout } = this.#io;
    const at = Date.now();
    if (this.#isJson) stdout.json({ schemaVersion: SCHEMA_VERSION, type, at, ...document });
    else stdout.line(`${instant(at)}  ${cleanLine(text)}`);
  }

  /** Reports the runs of the engine on this storage. Returns the function that ends it. */
  followRuns(storage: StoragePort): () => void {
    const onWritten = (message: unknown): void => {
      const { runId, storage: of } = message as Published;
      if (of !== storage || this.#runs.has(runId)) return;
      this.#runs.add(runId);
      this.line("run_taken", `run ${shortId(runId)}  taken`, { runId });
    };
    const onLeft = (message: unknown): void => {
      const { runId, storage: of } = message as Published;
      if (of !== storage || !this.#runs.delete(runId)) return;
      const status = statusOf(storage, runId);
      this.line("run_left", `run ${shortId(runId)}  ${status}`, { runId, status });
    };
    const [written, left] = [channel(WRITTEN), channel(LEFT)];
    written.subscribe(onWritten);
    left.subscribe(onLeft);
    return () => {
      written.unsubscribe(onWritten);
      left.unsubscribe(onLeft);
    };
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

function statusOf(storage: StoragePort, runId: string): string {
  try {
    return storage.getRun(runId)?.status ?? "removed";
  } catch {
    // The database may be away; the engine reports that.
    return "left";
  }
}
