import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { resultOf } from "@automatosx/run-view";
import type { JournalEntry } from "@automatosx/schemas";
import { RunQueries, type WorkflowEvent } from "../core/workflow-state-machine.js";
import type { AttemptRequest } from "../drive/attempt-request.js";
import { usesCache } from "../every-step.js";
import type { KeptFile } from "../run-directory/kept-files.js";
import type { CachedResult, StoragePort, StoredArtifact } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";

/** The result of another run, to record in place of an attempt. */
export interface ReusedResult {
  readonly event: Extract<WorkflowEvent, { readonly type: "step_completed" }>;
  /** The files that came with the result. */
  readonly files: readonly KeptFile[];
  /** The contents of `files`. */
  readonly artifacts: readonly StoredArtifact[];
}

interface AnswerFacts {
  readonly files?: readonly KeptFile[];
  readonly agent?: string;
  readonly reads?: readonly string[];
  readonly reused?: { readonly runId: string; readonly seq: number };
}

/**
 * Finds results of other runs for steps with `cache`. A result that is lost or damaged counts as
 * missing: the step is then performed.
 */
export class ResultCache {
  readonly #storage: StoragePort;

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  /** Returns a result that the step of a request may take; undefined if there is none. */
  find(run: ActiveRun, request: AttemptRequest, now: number): ReusedResult | undefined {
    if (!usesCache(run.definition)) return undefined;
    const { cache, effect } = RunQueries.step(run.machine, request.stepId) ?? {};
    if (cache === undefined || effect === "external") return undefined;
    try {
      const key = RunQueries.requestKey(run.machine, request.stepId);
      const place = key === undefined ? undefined : this.#storage.cachedResult(key);
      // What a run has performed itself is either kept, or to be performed again.
      if (place === undefined || place.runId === run.runId) return undefined;
      if (now - place.at > (cache.forMs ?? Number.POSITIVE_INFINITY)) return undefined;
      return this.#hasTaken(run, request, place) ? undefined : this.#read(run, request, place);
    } catch {
      return undefined;
    }
  }

  // A step that has taken this result and is performed again was reopened.
  #hasTaken(
    { runId }: ActiveRun,
    { stepId, attemptNumber }: AttemptRequest,
    place: CachedResult,
  ): boolean {
    if (attemptNumber < 2) return false;
    for (const entry of this.#storage.readJournal(runId)) {
      if (entry.type !== "step_completed" || entry.stepId !== stepId) continue;
      const { reused } = JSON.parse(entry.payload) as AnswerFacts;
      if (reused?.runId === place.runId && reused.seq === place.seq) return true;
    }
    return false;
  }

  #read(
    run: ActiveRun,
    { stepId, attemptNumber }: AttemptRequest,
    { runId, seq }: CachedResult,
  ): ReusedResult | undefined {
    const [entry] = this.#storage.readJournal(runId, seq - 1);
    if (entry === undefined || !isAnswer(entry)) return undefined;
    const { files, agent, reads } = JSON.parse(entry.payload) as AnswerFacts;
    if (reads !== undefined && !this.#hasSameValues(run, runId, reads)) return undefined;
    const result = resultOf(entry, {
      artifact: (sha256) => {
        const content = this.#content(sha256);
        return content === undefined ? undefined : JSON.parse(content);
      },
    });
    const artifacts = (files ?? []).map(({ artifact: sha256 }) => ({
      sha256,
      content: this.#content(sha256),
    }));
    if (artifacts.some(({ content }) => content === undefined)) return undefined;
    return {
      event: {
        ...{ type: "step_completed", stepId, attemptNumber, result, reused: { runId, seq } },
        ...(files !== undefined && { files: [...files] }),
        ...(agent !== undefined && { agent }),
        ...(reads !== undefined && { reads: [...reads] }),
      },
      files: files ?? [],
      artifacts: artifacts as StoredArtifact[],
    };
  }

  // The key of a request that has not been answered does not cover what the agent will read.
  #hasSameValues(run: ActiveRun, otherId: string, reads: readonly string[]): boolean {
    const other = this.#storage.getRun(otherId);
    // The inputs of an amended run may have changed.
    if (other === undefined || other.currentDefinitionHash !== undefined) return false;
    const own = RunQueries.workflow(run.machine);
    return reads.every((name) =>
      name === "context"
        ? isDeepStrictEqual(own?.context, other.context)
        : isDeepStrictEqual(own?.inputs?.[inputOf(name)], other.inputs[inputOf(name)]),
    );
  }

  #content(sha256: string): string | undefined {
    const content = this.#storage.getArtifact(sha256);
    return content !== undefined && hash("sha256", content, "hex") === sha256 ? content : undefined;
  }
}

function isAnswer({ type }: JournalEntry): boolean {
  return type === "step_completed" || type === "step_answered";
}

function inputOf(read: string): string {
  return read.replace(/^inputs\./, "");
}
