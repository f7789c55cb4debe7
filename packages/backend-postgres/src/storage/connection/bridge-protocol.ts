import type { MessagePort } from "node:worker_threads";
import type { Server } from "./connect.js";
import type { ServerError } from "./database-error.js";
import type { Row, Statement } from "./Statement.js";

/** What the thread of the bridge is started with. */
export interface BridgeData {
  readonly server: Server;
  readonly port: MessagePort;
  /** Shared between the threads: see `ANSWERED` and the others. */
  readonly flags: Int32Array;
}

/** The number of the last question that was answered. The caller waits for it to change. */
export const ANSWERED = 0;
/** 1 while the server does not answer. */
export const IS_BROKEN = 1;
/** Counts signs of life of the server, such as a part of a large result. */
export const SIGNS = 2;
export const FLAG_COUNT = 3;

/** A question to the thread of the bridge. */
export interface Question extends Statement {
  readonly number: number;
  readonly waitMs: number;
}

/** Its answer. */
export type Answer =
  | { readonly number: number; readonly rows: readonly Row[] }
  | { readonly number: number; readonly error: ServerError };

/** The first message of the thread, once it is connected or could not connect. */
export type Greeting = { readonly error?: ServerError };
