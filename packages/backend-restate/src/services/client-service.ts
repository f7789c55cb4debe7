import type { StoragePort } from "@automatosx/workflow/hosting";
import type { ArtifactStore } from "../attempts/ArtifactStore.js";
import { CLIENT_SERVICE } from "../names.js";
import type { CommandOutcome, LogPieces, LogsQuery, SentCommand } from "../wire.js";
import { INBOX, type InboxCalls } from "./faces.js";
import { restate } from "./sdk.js";
import { SHORT_OPTIONS } from "./settings.js";

/** An answer has at most this many characters of an artifact. */
const PIECE_CHARS = 4 * 1024 * 1024;

/** An answer has about this many characters of the output of agents. */
const LOG_CHARS = 1024 * 1024;

/** A part of an artifact. */
export interface ArtifactPiece {
  readonly text: string;
  /** The length of the whole artifact, in UTF-16 units. */
  readonly length: number;
}

/**
 * What clients call besides the run and its inbox. `storage` is the database for rows and logs, if
 * there is one.
 */
export function clientServiceOf(artifacts: ArtifactStore, storage: StoragePort | undefined) {
  return restate.service({
    name: CLIENT_SERVICE,
    options: SHORT_OPTIONS,
    handlers: {
      /** Sends a command to a run, and returns its outcome. */
      command: async (ctx: restate.Context, sent: SentCommand): Promise<CommandOutcome> => {
        const { runId, ...message } = sent;
        const { id: answerTo, promise } = ctx.awakeable<CommandOutcome>();
        // The clock of a client may be wrong, and must not move that of the run.
        const sentAt = await ctx.date.now();
        ctx.objectSendClient<InboxCalls>(INBOX, runId).put({ ...message, answerTo, sentAt });
        return promise;
      },

      /** Returns a part of an artifact from `from` on; null if it is not stored. */
      artifact: async (
        _ctx: restate.Context,
        { sha256, from }: { readonly sha256: string; readonly from: number },
      ): Promise<ArtifactPiece | null> => {
        const content = artifacts.get(sha256);
        if (content === undefined) return null;
        return { text: content.slice(from, from + PIECE_CHARS), length: content.length };
      },

      /** Returns what agents have written; null if this worker keeps none of it. */
      logs: async (
        _ctx: restate.Context,
        { runId, stepId, afterId }: LogsQuery,
      ): Promise<LogPieces | null> => storage?.readLogs(runId, stepId, afterId, LOG_CHARS) ?? null,
    },
  });
}
