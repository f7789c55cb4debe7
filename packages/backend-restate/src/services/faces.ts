import { INBOX_OBJECT, RUN_OBJECT } from "../names.js";
import type {
  BeginMessage,
  ListenMessage,
  QueuedCommand,
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
}

/** The calls of `axw_inbox` that other services make. */
export interface InboxCalls {
  start(ctx: restate.ObjectContext, start: StartMessage): Promise<StartAnswer>;
  put(ctx: restate.ObjectContext, command: QueuedCommand): Promise<void>;
  arrive(ctx: restate.ObjectContext, message: ListenMessage): Promise<readonly QueuedCommand[]>;
  take(ctx: restate.ObjectContext, message: TakeMessage): Promise<void>;
  leave(ctx: restate.ObjectContext, message: ListenMessage): Promise<void>;
  amended(ctx: restate.ObjectContext, identity: StartIdentity): Promise<void>;
}

/** The run object, for calls from other services. */
export const RUN = { name: RUN_OBJECT };

/** The inbox, for calls from other services. */
export const INBOX = { name: INBOX_OBJECT };
