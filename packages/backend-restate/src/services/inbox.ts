import { endWatches, familyHandlers } from "../children/family.js";
import { INBOX_OBJECT } from "../names.js";
import {
  type ListenMessage,
  nameOf,
  type QueuedMessage,
  type StartAnswer,
  type StartMessage,
  type TakeMessage,
} from "../wire.js";
import { RUN, type RunCalls } from "./faces.js";
import { restate } from "./sdk.js";
import { SHORT_OPTIONS } from "./settings.js";
import { differencesOf, identityOf, type StartIdentity } from "./start-identity.js";

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
      ctx.set<StartIdentity>(IDENTITY, identityOf(start));
      // Settles at once: nothing else has called the run yet.
      const { id: answerTo, promise } = ctx.awakeable<string>();
      ctx.objectSendClient<RunCalls>(RUN, ctx.key).begin({ start, keepsRows, answerTo });
      ctx.set(LISTENER, await promise);
      return { ok: true, begun: true };
    },

    /** Keeps a message, and gives it to the segment that listens, or starts a segment. */
    put: async (ctx: restate.ObjectContext, message: QueuedMessage): Promise<void> => {
      const named = nameOf(message) === "" ? { ...message, id: ctx.rand.uuidv4() } : message;
      const queue = [...((await ctx.get<QueuedMessage[]>(QUEUE)) ?? []), named];
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
    ): Promise<readonly QueuedMessage[]> => {
      const queue = (await ctx.get<QueuedMessage[]>(QUEUE)) ?? [];
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
      const stored = (await ctx.get<QueuedMessage[]>(QUEUE)) ?? [];
      const queue = stored.filter((message) => !performed.includes(nameOf(message)));
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
      else if ((await ctx.get<QueuedMessage[]>(QUEUE)) !== null)
        ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive();
    },

    /**
     * Ends the segment that listens, and the calls that wait for child runs, so that a newer worker
     * gets the next ones.
     */
    handOver: async (ctx: restate.ObjectContext): Promise<void> => {
      await endWatches(ctx);
      const listener = await ctx.get<string>(LISTENER);
      if (listener === null) return;
      ctx.resolveAwakeable<QueuedMessage[]>(listener, []);
      ctx.clear(LISTENER);
    },

    /** The definition and the inputs of the run have changed. */
    amended: async (ctx: restate.ObjectContext, identity: StartIdentity): Promise<void> => {
      ctx.set(IDENTITY, identity);
    },

    ...familyHandlers,

    /** Forgets the run. */
    purge: async (ctx: restate.ObjectContext): Promise<void> => ctx.clearAll(),
  };
}
