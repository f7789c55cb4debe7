import type {
  ChildRef,
  Joined,
  JoinedStep,
  RestedChild,
  ToldChild,
  Watching,
} from "../children/family-messages.js";
import { INBOX_OBJECT, RUN_OBJECT } from "../names.js";
import type {
  BeginMessage,
  ChildState,
  ListenMessage,
  QueuedMessage,
  StartAnswer,
  StartMessage,
  TakeMessage,
} from "../wire.js";
import type { restate } from "./sdk.js";
import type { StartIdentity } from "./start-identity.js";

/** The calls of `axw_run` that other services make. */
export interface RunCalls {
  begin(ctx: restate.ObjectContext, message: BeginMessage): Promise<void>;
  drive(ctx: restate.ObjectContext, generation?: number): Promise<void>;
  asChild(ctx: restate.ObjectSharedContext, parentRunId: string): Promise<ChildState | null>;
  endChildren(ctx: restate.ObjectSharedContext, except: readonly string[]): Promise<boolean>;
}

/** The calls of `axw_inbox` that other services make. */
export interface InboxCalls {
  start(ctx: restate.ObjectContext, start: StartMessage): Promise<StartAnswer>;
  put(ctx: restate.ObjectContext, message: QueuedMessage): Promise<void>;
  arrive(ctx: restate.ObjectContext, message: ListenMessage): Promise<readonly QueuedMessage[]>;
  take(ctx: restate.ObjectContext, message: TakeMessage): Promise<void>;
  leave(ctx: restate.ObjectContext, message: ListenMessage): Promise<void>;
  amended(ctx: restate.ObjectContext, identity: StartIdentity): Promise<void>;
  children(ctx: restate.ObjectContext, stepId?: string): Promise<readonly ChildRef[]>;
  join(ctx: restate.ObjectContext, joined: JoinedStep): Promise<Joined>;
  forget(ctx: restate.ObjectContext, joined: JoinedStep): Promise<void>;
  tellChild(ctx: restate.ObjectContext, told: ToldChild): Promise<void>;
  watch(ctx: restate.ObjectContext, watching: Watching): Promise<void>;
  rested(ctx: restate.ObjectContext, rested: RestedChild): Promise<void>;
}

/** The run object, for calls from other services. */
export const RUN = { name: RUN_OBJECT };

/** The inbox, for calls from other services. */
export const INBOX = { name: INBOX_OBJECT };
