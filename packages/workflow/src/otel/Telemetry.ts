import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  context,
  diag,
  type MeterProvider,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api";
import { readReply } from "../agents/agent-reply.js";
import { type AgentUsage, usageProblem } from "../agents/agent-usage.js";
import { messageOf, readProperty } from "../message-of.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import {
  type AgentCalled,
  CHANNELS,
  type EngineClosing,
  type EntriesWritten,
  type RunLeft,
} from "../trace/channels.js";
import { formatTraceparent } from "../traceparent.js";
import { DatabaseTraces, ORPHAN_AGE_MS } from "./DatabaseTraces.js";
import { RunMetrics } from "./RunMetrics.js";
import { contextOf, RunTrace, type TraceHost } from "./RunTrace.js";
import { SpanQueue } from "./SpanQueue.js";
import { type TracePlace, tracePlace } from "./span-ids.js";
import { SCOPE, usesRunIds } from "./uses-run-ids.js";

/** How long the spans of a run that has ended may wait for a flush, in ms. */
const LEFT_FLUSH_MS = 100;

/** The parts of OpenTelemetry that are used. */
export interface TelemetryParts {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
  /** How long spans that have ended may wait for a flush, in ms. */
  readonly flushIntervalMs: number;
}

/**
 * Exports the runs of every engine of this process as traces and metrics. A problem of the exporter
 * or of a journal is logged with `diag` and never affects a run.
 */
export class Telemetry {
  readonly #parts: TelemetryParts;
  readonly #tracer: Tracer;
  readonly #metrics: RunMetrics;
  readonly #host: TraceHost;
  readonly #queue = new SpanQueue();
  readonly #databases = new Map<StoragePort, DatabaseTraces>();
  readonly #subscriptions: readonly (readonly [string, (message: unknown) => void])[];
  #registration: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushAt = Number.POSITIVE_INFINITY;
  #flushing: Promise<void> | undefined;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    this.#tracer = parts.tracerProvider.getTracer(SCOPE);
    this.#metrics = new RunMetrics(parts.meterProvider, SCOPE);
    this.#host = {
      tracer: this.#tracer,
      send: (run, seq, end) => {
        this.#queue.send(run, seq, end);
        if (this.#queue.isFull) this.#flushSoon(0);
      },
      measure: (run, fact) => this.#metrics.add(fact, run.workflowName),
      flagsOf: (storage, run) => this.#flagsOf(storage, run),
    };
    this.#subscriptions = [
      [CHANNELS.written, (message) => this.#guard(() => this.#written(message as EntriesWritten))],
      [CHANNELS.left, (message) => this.#guard(() => this.#left(message as RunLeft))],
      [CHANNELS.closing, (message) => this.#closing(message as EngineClosing)],
      [CHANNELS.call, (message) => this.#guard(() => this.#called(message as AgentCalled))],
    ];
    for (const [channel, listener] of this.#subscriptions) subscribe(channel, listener);
  }

  /** Exports every span that has ended, and records how far. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#flushAt = Number.POSITIVE_INFINITY;
    const before = this.#flushing ?? Promise.resolve();
    const flushing = before.then(() => this.#flush());
    this.#flushing = flushing;
    return flushing;
  }

  /** Stops observing runs, after a last flush. */
  async stop(): Promise<void> {
    for (const [channel, listener] of this.#subscriptions) unsubscribe(channel, listener);
    await this.flush();
    clearTimeout(this.#timer);
    this.#flushAt = Number.POSITIVE_INFINITY;
    clearImmediate(this.#registration);
    this.#databases.clear();
  }

  // --- what engines publish

  #written({ storage, runId, seq }: EntriesWritten): void {
    const run = this.#database(storage).open(runId);
    run.isActive = true;
    run.advance(seq);
    this.#registerSoon();
    this.#flushSoon(this.#parts.flushIntervalMs);
  }

  #left({ storage, runId }: RunLeft): void {
    this.#databases.get(storage)?.get(runId)?.leave();
    // Soon, because the process may end now; together with other runs that end.
    this.#flushSoon(Math.min(LEFT_FLUSH_MS, this.#parts.flushIntervalMs));
  }

  #closing({ storage, waitUntil }: EngineClosing): void {
    waitUntil(this.flush().finally(() => this.#databases.delete(storage)));
  }

  #called(call: AgentCalled): void {
    for (const database of this.#databases.values()) {
      const called = database.get(call.runId)?.callAgent(call.idempotencyKey);
      if (called === undefined) continue;
      const { span, note } = called;
      call.traceparent = formatTraceparent(span.spanContext());
      call.around = (agent) => {
        const answer = context.with(contextOf(span), agent);
        answer.then(
          (reply) => noteUsage(note, () => readReply(reply).usage),
          (error: unknown) => noteUsage(note, () => readProperty(error, "usage")),
        );
        return answer;
      };
      return;
    }
  }

  // --- the traces

  #database(storage: StoragePort): DatabaseTraces {
    const known = this.#databases.get(storage);
    if (known !== undefined) return known;
    if (usesRunIds(this.#parts.tracerProvider) === false)
      diag.error(`${SCOPE}: the tracer provider does not use \`RunIds\`: runs have broken traces.`);
    const database = new DatabaseTraces(storage, this.#host);
    this.#databases.set(storage, database);
    setImmediate(() => this.#guard(() => this.#complete(database)));
    return database;
  }

  /** Exports what processes that no longer exist have left. */
  #complete(database: DatabaseTraces): void {
    const { runIds, areAll } = database.orphans();
    for (const runId of runIds)
      this.#guard(() => {
        const run = database.open(runId);
        run.advance(Number.POSITIVE_INFINITY);
        if (!run.isActive) run.leave();
      });
    if (runIds.length > 0) this.#flushSoon(0);
    if (!areAll)
      setTimeout(() => this.#guard(() => this.#complete(database)), ORPHAN_AGE_MS).unref();
  }

  #flagsOf(storage: StoragePort, run: StoredRun): number {
    const known = this.#databases.get(storage)?.get(run.runId)?.traceFlags;
    if (known !== undefined) return known;
    const { parent, parentRun }: TracePlace = tracePlace(storage, run);
    if (parentRun !== undefined) return this.#flagsOf(storage, parentRun);
    if (parent !== undefined) return parent.traceFlags;
    // The sampler decides about the root of a trace when its span is started.
    const nothing = (): void => undefined;
    const probe = { ...this.#host, send: nothing, measure: nothing };
    const root = new RunTrace(storage, run.runId, probe);
    root.advance(1);
    return root.traceFlags ?? 0;
  }

  // --- flushing

  #registerSoon(): void {
    this.#registration ??= setImmediate(() => {
      this.#registration = undefined;
      for (const database of this.#databases.values()) this.#guard(() => database.register());
    });
  }

  #flushSoon(delayMs: number): void {
    const flushAt = performance.now() + delayMs;
    if (flushAt >= this.#flushAt) return;
    clearTimeout(this.#timer);
    this.#flushAt = flushAt;
    this.#timer = setTimeout(() => void this.flush(), delayMs).unref();
  }

  async #flush(): Promise<void> {
    do {
      const waiting = this.#queue.waitingSeqs();
      const reached = [...this.#databases.values()].map(
        (database) => [database, database.positions(waiting)] as const,
      );
      try {
        await forceFlush(this.#parts.tracerProvider);
      } catch (error) {
        // The positions stay as they are, so that another process exports these spans.
        diag.error(`${SCOPE}: spans could not be exported: ${messageOf(error)}`);
        return;
      } finally {
        this.#guard(() => this.#queue.flushed());
      }
      for (const [database, positions] of reached) this.#guard(() => database.save(positions));
    } while (this.#queue.waitingSeqs().size > 0);
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      diag.error(`${SCOPE}: a run could not be traced: ${messageOf(error)}`);
    }
  }
}

function noteUsage(note: (usage: AgentUsage) => void, read: () => unknown): void {
  try {
    const usage = read();
    if (usage !== undefined && usageProblem(usage) === undefined) note(usage as AgentUsage);
  } catch {
    // The attempt fails because of it.
  }
}

/** Waits until a provider has exported the spans that have ended, if it can. */
async function forceFlush(provider: TracerProvider): Promise<void> {
  const delegate = readProperty(provider, "getDelegate");
  const own = typeof delegate === "function" ? (delegate.call(provider) as unknown) : provider;
  const flush = readProperty(own, "forceFlush");
  if (typeof flush === "function") await flush.call(own);
}
