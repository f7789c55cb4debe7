import { endWatches, familyHandlers } from "../children/family.js";
import { INBOX_OBJECT } from "../names.js";
import type { QueuedMessage, StartAnswer, StartMessage } from "../wire.js";
import { RUN, type RunCalls } from "./faces.js";
import { restate } from "./sdk.js";
import { SHORT_OPTIONS } from "./settings.js";
import { differencesOf, identityOf, type StartIdentity } from "./start-identity.js";

/** The awakeable of the segment that listens. */
const LISTENER = "listener";
const QUEUE = "queue";
const IDENTITY = "identity";

/**
 * Starts a run, and keeps its commands until a segment takes them, so that none is lost between two
 * segments. A segment occupies `axw_run` for minutes; none of these calls waits for it.
 */
export const inbox = restate.object({
  name: INBOX_OBJECT,
  options: SHORT_OPTIONS,
  handlers: {
    /** Starts the run of this key, or compares the start with that of the run. */
    start: async (ctx: restate.ObjectContext, start: StartMessage): Promise<StartAnswer> => {
      const known = await ctx.get<StartIdentity>(IDENTITY);
      if (known !== null) {
        const differences = differencesOf(known, start);
        return differences.length === 0 ? { ok: true, begun: false } : { ok: false, differences };
      }
      ctx.set<StartIdentity>(IDENTITY, identityOf(start));
      // Settles at once: nothing else has called the run yet.
      await ctx.objectClient<RunCalls>(RUN, ctx.key).begin(start);
      ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive();
      return { ok: true, begun: true };
    },

    /** Gives a command to the segment that listens, or keeps it and starts a segment. */
    put: async (ctx: restate.ObjectContext, message: QueuedMessage): Promise<void> => {
      const queue = [...((await ctx.get<QueuedMessage[]>(QUEUE)) ?? []), message];
      const listener = await ctx.get<string>(LISTENER);
      if (listener === null) {
        ctx.set(QUEUE, queue);
        ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive();
        return;
      }
      ctx.resolveAwakeable(listener, queue);
      ctx.clear(LISTENER);
      ctx.clear(QUEUE);
    },

    /** Gives all commands to a segment, now or when there are any. */
    take: async (ctx: restate.ObjectContext, listener: string): Promise<void> => {
      const queue = await ctx.get<QueuedMessage[]>(QUEUE);
      if (queue === null || queue.length === 0) return ctx.set(LISTENER, listener);
      ctx.resolveAwakeable(listener, queue);
      ctx.clear(QUEUE);
    },

    /** Ends the listening of a segment. False if it has been given commands already. */
    untake: async (ctx: restate.ObjectContext, listener: string): Promise<boolean> => {
      const isListening = (await ctx.get<string>(LISTENER)) === listener;
      if (isListening) ctx.clear(LISTENER);
      return isListening;
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
  },
});
