import { INBOX_OBJECT } from "../names.js";
import type {
  ListenMessage,
  QueuedCommand,
  StartAnswer,
  StartMessage,
  TakeMessage,
} from "../wire.js";
import { RUN, type RunCalls } from "./faces.js";
import { restate } from "./sdk.js";
import { SHORT_OPTIONS } from "./settings.js";
import { differencesOf, type StartIdentity } from "./start-identity.js";

/** The awakeable of the segment that listens. */
const LISTENER = "listener";
/** The commands that no segment has performed yet. Those that it has been given may be lost with it. */
const QUEUE = "queue";
const IDENTITY = "identity";

/**
 * Starts a run, and keeps its commands until a segment has performed them, so that none is lost
 * between two segments. A segment occupies `axw_run` for minutes; none of these calls waits for it.
 */
export function inboxOf(settings: InboxSettings) {
  return restate.object({
    name: INBOX_OBJECT,
    options: SHORT_OPTIONS,
    handlers: inboxHandlers(settings),
  });
}

/** How a worker starts runs. */
interface InboxSettings {
  /** Whether the rows of new runs are kept on the server. */
  readonly keepsRows: boolean;
}

/** The handlers of `axw_inbox`. */
export function inboxHandlers({ keepsRows }: InboxSettings) {
  return {
    /** Starts the run of this key, or compares the start with that of the run. */
    start: async (ctx: restate.ObjectContext, start: StartMessage): Promise<StartAnswer> => {
      const known = await ctx.get<StartIdentity>(IDENTITY);
      if (known !== null) {
        const differences = differencesOf(known, start);
        return differences.length === 0 ? { ok: true, begun: false } : { ok: false, differences };
      }
      const { definition, inputs, context } = start;
      const { hash, workflowId } = definition;
      ctx.set<StartIdentity>(IDENTITY, { hash, workflowId, inputs, context });
      // Settles at once: nothing else has called the run yet.
      const { id: answerTo, promise } = ctx.awakeable<string>();
      ctx.objectSendClient<RunCalls>(RUN, ctx.key).begin({ start, keepsRows, answerTo });
      ctx.set(LISTENER, await promise);
      return { ok: true, begun: true };
    },

    /** Keeps a command, and gives it to the segment that listens, or starts a segment. */
    put: async (ctx: restate.ObjectContext, command: QueuedCommand): Promise<void> => {
      const queue = [...((await ctx.get<QueuedCommand[]>(QUEUE)) ?? []), command];
      ctx.set(QUEUE, queue);
      const listener = await ctx.get<string>(LISTENER);
      if (listener === null) {
        ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive();
        return;
      }
      ctx.resolveAwakeable(listener, queue);
      ctx.clear(LISTENER);
    },

    /** Returns all commands to a segment that begins; it listens if there are none. */
    arrive: async (
      ctx: restate.ObjectContext,
      { listener }: ListenMessage,
    ): Promise<readonly QueuedCommand[]> => {
      const queue = (await ctx.get<QueuedCommand[]>(QUEUE)) ?? [];
      // The segment before may have left without saying so.
      if (queue.length > 0) ctx.clear(LISTENER);
      else ctx.set(LISTENER, listener);
      return queue;
    },

    /** Gives all further commands to a segment, now or when there are any. */
    take: async (
      ctx: restate.ObjectContext,
      { listener, performed }: TakeMessage,
    ): Promise<void> => {
      const stored = (await ctx.get<QueuedCommand[]>(QUEUE)) ?? [];
      const queue = stored.filter(({ answerTo }) => !performed.includes(answerTo));
      if (queue.length === 0) {
        ctx.clear(QUEUE);
        ctx.set(LISTENER, listener);
        return;
      }
      ctx.set(QUEUE, queue);
      ctx.resolveAwakeable(listener, queue);
    },

    /** Ends the listening of the last segment. It may not have performed what it was given. */
    leave: async (ctx: restate.ObjectContext, { listener }: ListenMessage): Promise<void> => {
      if ((await ctx.get<string>(LISTENER)) === listener) ctx.clear(LISTENER);
      else if ((await ctx.get<QueuedCommand[]>(QUEUE)) !== null)
        ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive();
    },

    /** Ends the segment that listens, so that a newer worker gets the next one. */
    handOver: async (ctx: restate.ObjectContext): Promise<void> => {
      const listener = await ctx.get<string>(LISTENER);
      if (listener === null) return;
      ctx.resolveAwakeable<QueuedCommand[]>(listener, []);
      ctx.clear(LISTENER);
    },

    /** The definition and the inputs of the run have changed. */
    amended: async (ctx: restate.ObjectContext, identity: StartIdentity): Promise<void> => {
      ctx.set(IDENTITY, identity);
    },

    /** Forgets the run. */
    purge: async (ctx: restate.ObjectContext): Promise<void> => ctx.clearAll(),
  };
}
