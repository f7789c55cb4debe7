import type { ReadonlySignal } from "@preact/signals";
import type { Journal, Run } from "../../api/run.schema.js";
import { clock, syncClock } from "../shell/time.js";
import { type Send, sendByCall } from "./Asked.js";
import { call } from "./call.js";
import { type LiveStream, liveStream } from "./stream.js";

/** What the store of a run uses of its surroundings. */
export interface RunHost {
  readonly stream: Pick<LiveStream, "listen" | "follow" | "watch">;
  readRun(runId: string): Promise<Run>;
  readJournal(runId: string, after: number, limit: number): Promise<Journal>;
  /** Settles when the browser has had an opportunity to do something else. */
  task(): Promise<void>;
  /** Settles when the browser has nothing else to do, or after a while. */
  idle(): Promise<void>;
  /** Calls back before the next frame is painted. */
  frame(callback: () => void): void;
  /** The server's clock, in ms since the epoch; it ticks. */
  readonly clock: ReadonlySignal<number>;
  /** Sets the server's clock. */
  syncClock(now: number): void;
  /** Sends a command about a run. */
  readonly send: Send;
}

export function browserHost(): RunHost {
  return {
    stream: liveStream,
    readRun: (run) => call("run", { params: { run } }),
    readJournal: (run, after, limit) =>
      call("journal", { params: { run }, query: { after, limit } }),
    task: nextTask,
    idle: nextIdle,
    frame: (callback) => requestAnimationFrame(callback),
    send: sendByCall,
    clock,
    syncClock,
  };
}

/** How long something that can wait waits at most, in ms. */
const LONGEST_IDLE_MS = 1000;

// Safari does not say when it is idle.
function nextIdle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "undefined") setTimeout(resolve, LONGEST_IDLE_MS / 10);
    else requestIdleCallback(() => resolve(), { timeout: LONGEST_IDLE_MS });
  });
}

// A message is delivered in a task of its own; a timer would wait at least 4 ms.
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
