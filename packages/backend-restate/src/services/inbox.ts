import { INBOX_OBJECT } from "../names.js";
import type { QueuedCommand, StartAnswer, StartMessage } from "../wire.js";
import { RUN, type RunCalls } from "./faces.js";
import { restate } from "./sdk.js";
import { SHORT_OPTIONS } from "./settings.js";
import { differencesOf, type StartIdentity } from "./start-identity.js";

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
      const { definition, inputs, context } = start;
      const { hash, workflowId } = definition;
      ctx.set<StartIdentity>(IDENTITY, { hash, workflowId, inputs, context });
      // Settles at once: nothing else has called the run yet.
      await ctx.objectClient<RunCalls>(RUN, ctx.key).begin(start);
      ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive();
      return { ok: true, begun: true };
    },

    /** Gives a command to the segment that listens, or keeps it and starts a segment. */
    put: async (ctx: restate.ObjectContext, command: QueuedCommand): Promise<void> => {
      const queue = [...((await ctx.get<QueuedCommand[]>(QUEUE)) ?? []), command];
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
      const queue = await ctx.get<QueuedCommand[]>(QUEUE);
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
  },
});
