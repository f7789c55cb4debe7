import { channel } from "node:diagnostics_channel";
import type { StoragePort } from "../storage/StoragePort.js";
import type { RunFact } from "./RunFact.js";

/*
 * The channels of `node:diagnostics_channel` on which an engine publishes. Their names are part of
 * the public interface. A message is published synchronously, and only if its channel has a
 * subscriber.
 */

/** An engine has made journal entries of a run durable. */
export interface EntriesWritten {
  /** The id of the run. */
  readonly runId: string;
  /** The new entries are those after this one. */
  readonly afterSeq: number;
  /** The last of the new entries. */
  readonly seq: number;
  /** The storage of the engine, to read them with. */
  readonly storage: StoragePort;
}

/** A run is no longer active in an engine: it has ended or paused, or was released. */
export interface RunLeft {
  /** The id of the run. */
  readonly runId: string;
  /** The storage of the engine. */
  readonly storage: StoragePort;
}

/** An engine is being closed. It has released its runs, and its storage is still open. */
export interface EngineClosing {
  /** The storage of the engine. */
  readonly storage: StoragePort;
  /** Delays the end of `close` until the promise has settled, up to five seconds. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** An agent is about to be called. A subscriber may set the members that are not read-only. */
export interface AgentCalled {
  /** The id of the run. */
  readonly runId: string;
  /** The path of the step. */
  readonly stepId: string;
  /** The attempt, numbered from 1. */
  readonly attemptNumber: number;
  /** The idempotency key of the attempt. */
  readonly idempotencyKey: string;
  /** What the agent is given as `traceparent`, and its program as `TRACEPARENT`. */
  traceparent: string | undefined;
  /** Calls the agent by calling its argument, in a context of the subscriber's choice. */
  around: ((call: () => Promise<unknown>) => unknown) | undefined;
}

/** The names of the channels. */
export const CHANNELS = {
  runStart: "automatosx:workflow:run:start",
  runEnd: "automatosx:workflow:run:end",
  stepStart: "automatosx:workflow:step:start",
  stepEnd: "automatosx:workflow:step:end",
  attemptStart: "automatosx:workflow:attempt:start",
  attemptEnd: "automatosx:workflow:attempt:end",
  written: "automatosx:workflow:written",
  left: "automatosx:workflow:left",
  closing: "automatosx:workflow:closing",
  call: "automatosx:workflow:call",
} as const;

const factChannels = {
  run_start: channel(CHANNELS.runStart),
  run_end: channel(CHANNELS.runEnd),
  step_start: channel(CHANNELS.stepStart),
  step_end: channel(CHANNELS.stepEnd),
  attempt_start: channel(CHANNELS.attemptStart),
  attempt_end: channel(CHANNELS.attemptEnd),
};
const everyFactChannel = Object.values(factChannels);
export const writtenChannel = channel(CHANNELS.written);
export const leftChannel = channel(CHANNELS.left);
export const closingChannel = channel(CHANNELS.closing);
export const callChannel = channel(CHANNELS.call);

/** Whether a channel of facts has a subscriber. */
export function areFactsHeard(): boolean {
  for (const each of everyFactChannel) if (each.hasSubscribers) return true;
  return false;
}

/** Publishes a fact on its channel. */
export function publishFact(fact: RunFact): void {
  factChannels[fact.type].publish(fact);
}
