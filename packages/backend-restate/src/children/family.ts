import { INBOX, type InboxCalls } from "../services/faces.js";
import type { restate } from "../services/sdk.js";
import {
  type ChildRef,
  HANDED_OVER,
  type Joined,
  type JoinedStep,
  type RestedChild,
  type ToldChild,
  type Watching,
} from "./family-messages.js";

/** What the inbox of a run knows of the runs that one of its steps has started. */
interface StepRuns {
  readonly runs: readonly ChildRef[];
  readonly attemptNumber: number;
  readonly told: readonly Pick<ToldChild, "attemptNumber" | "command">[];
  readonly rests: number;
  readonly watchers: Readonly<Record<string, string>>;
}

const NO_RUNS: StepRuns = { runs: [], attemptNumber: 0, told: [], rests: 0, watchers: {} };

const PREFIX = "child:";

type Context = restate.ObjectContext;

/**
 * The handlers of an inbox for the runs that its run has started: which there are, commands for
 * them, and when they come to rest.
 */
export const familyHandlers = {
  /** Returns the runs that a step has started, oldest first, or those of all steps. */
  children: async (ctx: Context, stepId?: string): Promise<readonly ChildRef[]> => {
    if (stepId !== undefined) return (await read(ctx, stepId)).runs;
    const found: ChildRef[] = [];
    for (const id of await stepIds(ctx)) found.push(...(await read(ctx, id)).runs);
    return found;
  },

  /** Notes a run before it is started or resumed: no run may be unknown to its parent. */
  join: async (ctx: Context, { stepId, attemptNumber, runId }: JoinedStep): Promise<Joined> => {
    const known = await read(ctx, stepId);
    const isKnown = known.runs.some((run) => run.runId === runId);
    const told = known.told.filter((one) => one.attemptNumber === attemptNumber);
    const runs = isKnown ? known.runs : [...known.runs, { stepId, runId }];
    write(ctx, stepId, { ...known, runs, attemptNumber, told: [] });
    return { rests: known.rests, told: told.map(({ command }) => command) };
  },

  /** Forgets a run that an attempt has noted, but that another run or a user has started. */
  forget: async (ctx: Context, { stepId, runId }: JoinedStep): Promise<void> => {
    const known = await read(ctx, stepId);
    const runs = known.runs.filter((run) => run.runId !== runId);
    write(ctx, stepId, { ...known, runs, attemptNumber: 0 });
  },

  /** Gives a command to the run that an attempt has joined, or keeps it until it joins one. */
  tellChild: async (
    ctx: Context,
    { stepId, attemptNumber, command, sentAt }: ToldChild,
  ): Promise<void> => {
    const known = await read(ctx, stepId);
    const joined = known.attemptNumber === attemptNumber ? known.runs.at(-1) : undefined;
    if (joined === undefined) {
      write(ctx, stepId, { ...known, told: [...known.told, { attemptNumber, command }] });
      return;
    }
    if (command.verb === "cancel") {
      const runs = [...known.runs.slice(0, -1), { ...joined, isCancelled: true }];
      write(ctx, stepId, { ...known, runs });
    }
    const child = ctx.objectSendClient<InboxCalls>(INBOX, joined.runId);
    child.put({ command, sentAt, fromParent: { runId: ctx.key } });
  },

  /** Settles an awakeable when a run of the step comes to rest. */
  watch: async (ctx: Context, { stepId, by, listener, after }: Watching): Promise<void> => {
    const known = await read(ctx, stepId);
    if (known.rests > after) return ctx.resolveAwakeable(listener, known.rests);
    write(ctx, stepId, { ...known, watchers: { ...known.watchers, [by]: listener } });
  },

  /** Tells those who wait that a run has come to rest. */
  rested: async (ctx: Context, { stepId, runId, status }: RestedChild): Promise<void> => {
    const known = await read(ctx, stepId);
    // The parent was removed.
    if (known.runs.length === 0) return;
    const runs = known.runs.map((run) => (run.runId === runId ? { ...run, status } : run));
    const rests = known.rests + 1;
    write(ctx, stepId, { ...known, runs, rests, watchers: {} });
    for (const listener of Object.values(known.watchers)) ctx.resolveAwakeable(listener, rests);
  },
};

/** Ends the calls that wait for child runs. */
export async function endWatches(ctx: Context): Promise<void> {
  for (const stepId of await stepIds(ctx)) {
    const known = await read(ctx, stepId);
    const listeners = Object.values(known.watchers);
    if (listeners.length === 0) continue;
    write(ctx, stepId, { ...known, watchers: {} });
    for (const listener of listeners) ctx.resolveAwakeable(listener, HANDED_OVER);
  }
}

async function stepIds(ctx: Context): Promise<readonly string[]> {
  const keys = (await ctx.stateKeys()).filter((key) => key.startsWith(PREFIX));
  return keys.map((key) => key.slice(PREFIX.length)).toSorted();
}

async function read(ctx: Context, stepId: string): Promise<StepRuns> {
  return (await ctx.get<StepRuns>(PREFIX + stepId)) ?? NO_RUNS;
}

function write(ctx: Context, stepId: string, runs: StepRuns): void {
  ctx.set(PREFIX + stepId, runs);
}
