import {
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { AgentUsage } from "../agents/agent-usage.js";
import { attemptKey } from "../journal/attempt-key.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { FactReader } from "../trace/FactReader.js";
import type {
  AttemptEnded,
  AttemptStarted,
  RunEnded,
  RunFact,
  RunStarted,
  StepEnded,
} from "../trace/RunFact.js";
import { withIds } from "./RunIds.js";
import {
  attemptAttributes,
  attemptEndAttributes,
  attemptName,
  runAttributes,
  runEndAttributes,
  runName,
  stepAttributes,
  stepName,
} from "./span-attributes.js";
import { attemptSpanId, runSpanId, stepSpanId, type TracePlace, tracePlace } from "./span-ids.js";

/** What the traces of all runs share. */
export interface TraceHost {
  readonly tracer: Tracer;
  /** Ends a span, now or once the exporter has caught up; `seq` is the entry that ended it. */
  send(run: RunTrace, seq: number, end: () => void): void;
  /** Called with each fact that is exported. */
  measure(run: RunTrace, fact: RunFact): void;
  /** Returns the flags of the trace that another run belongs to. */
  flagsOf(storage: StoragePort, run: StoredRun): number;
}

/** An attempt that has started. */
interface OpenAttempt {
  readonly fact: AttemptStarted;
  /** Present once its agent was called in this process. */
  span?: Span;
  usage?: AgentUsage;
}

/** The longest message of a span's status, in characters. */
const MAX_MESSAGE_CHARS = 2000;

/** One run as a trace, in the process that executes it. */
export class RunTrace {
  readonly storage: StoragePort;
  readonly runId: string;
  /** Whether the run is active in this process. */
  isActive = false;
  readonly #host: TraceHost;
  readonly #reader: FactReader;
  readonly #place: TracePlace;
  /** The last entry whose spans were exported by this process or an earlier one. */
  readonly #exportedSeq: number;
  readonly #attempts = new Map<string, OpenAttempt>();
  #execution: RunStarted | undefined;
  #runSpan: Span | undefined;
  #traceFlags: number | undefined;

  /** Throws `run_not_found`, or `journal_damaged`. */
  constructor(storage: StoragePort, runId: string, host: TraceHost) {
    this.storage = storage;
    this.runId = runId;
    this.#host = host;
    this.#reader = new FactReader(storage, runId);
    this.#place = tracePlace(storage, this.row);
    this.#exportedSeq = storage.tracePosition?.(runId)?.seq ?? 0;
  }

  get row(): StoredRun {
    return this.#reader.row;
  }

  /** The name of the workflow. */
  get workflowName(): string {
    return this.#reader.definition.name;
  }

  /** The last entry that was read, or that was exported before. */
  get seq(): number {
    return Math.max(this.#reader.seq, this.#exportedSeq);
  }

  /** The flags of the trace, as the sampler has decided; undefined if it was not asked here. */
  get traceFlags(): number | undefined {
    this.#traceFlags = this.#span()?.spanContext().traceFlags ?? this.#traceFlags;
    return this.#traceFlags;
  }

  /** Reads the entries up to `upTo` and exports the spans that they end. */
  advance(upTo: number): void {
    for (const fact of this.#reader.read(upTo)) this.#take(fact);
  }

  /** The run is no longer active here. What has not ended is exported by the process that continues it. */
  leave(): void {
    this.isActive = false;
    this.#runSpan = undefined;
    for (const attempt of this.#attempts.values()) delete attempt.span;
  }

  /** Starts the span of an attempt whose agent is called; undefined for an unknown attempt. */
  callAgent(
    idempotencyKey: string,
  ): { readonly span: Span; readonly note: (usage: AgentUsage) => void } | undefined {
    const attempt = this.#attempts.get(idempotencyKey);
    if (attempt === undefined) return undefined;
    attempt.span ??= this.#startAttempt(attempt.fact, idempotencyKey);
    return {
      span: attempt.span,
      note: (usage) => {
        attempt.usage = usage;
      },
    };
  }

  #take(fact: RunFact): void {
    const isNew = fact.seq > this.#exportedSeq;
    if (isNew) this.#host.measure(this, fact);
    switch (fact.type) {
      case "run_start":
        this.#execution = fact;
        break;
      case "run_end":
        if (isNew) this.#endRun(fact);
        this.#execution = undefined;
        this.#runSpan = undefined;
        break;
      case "attempt_start":
        this.#attempts.set(this.#keyOf(fact), { fact });
        break;
      case "attempt_end":
        if (isNew) this.#endAttempt(fact);
        this.#attempts.delete(this.#keyOf(fact));
        break;
      case "step_end":
        if (isNew) this.#endStep(fact);
        break;
      default:
        break;
    }
  }

  // --- the run

  /** The span of the run, which is started when something needs it. */
  #span(): Span | undefined {
    if (this.#execution === undefined) return undefined;
    this.#runSpan ??= this.#startRun(this.#execution);
    return this.#runSpan;
  }

  #startRun({ executionNumber, at }: RunStarted): Span {
    const { definition, row } = this.#reader;
    const spanId = runSpanId(row, executionNumber);
    return this.#start(spanId, this.#parentContext(), runName(definition), {
      startTime: at,
      attributes: runAttributes(row.runId, definition, executionNumber),
      links: this.#runLinks(executionNumber),
    });
  }

  #parentContext(): Context {
    const { parent, parentRun } = this.#place;
    if (parent === undefined) return ROOT_CONTEXT;
    const traceFlags =
      parentRun === undefined ? parent.traceFlags : this.#host.flagsOf(this.storage, parentRun);
    return trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags, isRemote: true });
  }

  #runLinks(executionNumber: number): Link[] {
    const { row } = this.#reader;
    const { forkedFrom } = row;
    return [
      ...(executionNumber === 1
        ? []
        : [link("previous_execution", this.#place.traceId, runSpanId(row, executionNumber - 1))]),
      ...(forkedFrom === undefined ? [] : this.#linkToRun("forked_from", forkedFrom.runId)),
    ];
  }

  #linkToRun(type: string, runId: string): Link[] {
    const run = this.storage.getRun(runId);
    if (run === undefined) return [];
    return [link(type, tracePlace(this.storage, run).traceId, runSpanId(run, 1))];
  }

  #endRun(fact: RunEnded): void {
    const span = this.#span();
    if (span === undefined) return;
    this.#host.send(this, fact.seq, () => {
      span.setAttributes(runEndAttributes(fact));
      if (fact.status === "failed") setError(span, fact.error);
      span.end(fact.at);
    });
  }

  // --- its steps and attempts

  #endStep(fact: StepEnded): void {
    const { stepId, startedSeq, startedAt, within, seq, at, status, error } = fact;
    const parentId =
      within === undefined ? this.#runId() : stepSpanId(this.row, within.stepId, within.startedSeq);
    const spanId = stepSpanId(this.row, stepId, startedSeq);
    const inside = this.#inside(parentId);
    this.#host.send(this, seq, () => {
      const span = this.#start(spanId, inside, stepName(stepId), {
        startTime: startedAt,
        attributes: stepAttributes(fact),
      });
      if (status === "failed") setError(span, error);
      span.end(at);
    });
  }

  #startAttempt(fact: AttemptStarted | AttemptEnded, idempotencyKey: string): Span {
    const { stepId, stepSeq, attemptNumber } = fact;
    const startedAt = fact.type === "attempt_start" ? fact.at : fact.startedAt;
    const reused = fact.type === "attempt_end" ? fact.reused : undefined;
    const inside = this.#inside(stepSpanId(this.row, stepId, stepSeq));
    const earlier = attemptKey(this.row, stepId, attemptNumber - 1);
    return this.#start(attemptSpanId(idempotencyKey), inside, attemptName(fact), {
      startTime: startedAt,
      attributes: attemptAttributes(this.runId, fact),
      links: [
        ...(attemptNumber === 1
          ? []
          : [link("previous_attempt", this.#place.traceId, attemptSpanId(earlier))]),
        ...(reused === undefined ? [] : this.#linkToRun("reused_from", reused.runId)),
      ],
    });
  }

  #endAttempt(fact: AttemptEnded): void {
    const key = this.#keyOf(fact);
    const { span: started, usage } = this.#attempts.get(key) ?? {};
    // The context of the run must be taken before the run ends.
    const span = started ?? this.#startAttempt(fact, key);
    this.#host.send(this, fact.seq, () => {
      span.setAttributes(attemptEndAttributes(fact, usage));
      if (fact.status === "failed") setError(span, fact.error);
      span.end(fact.lostAt ?? fact.at);
    });
  }

  #keyOf({ stepId, attemptNumber }: AttemptStarted | AttemptEnded): string {
    return attemptKey(this.row, stepId, attemptNumber);
  }

  #runId(): string {
    return runSpanId(this.row, this.#execution?.executionNumber ?? 1);
  }

  /** The context of a span of this run. */
  #inside(spanId: string): Context {
    const { traceId } = this.#place;
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: this.traceFlags ?? 0,
    });
  }

  #start(spanId: string, inside: Context, name: string, options: SpanOptions): Span {
    const ids = { traceId: this.#place.traceId, spanId };
    const whole = { kind: SpanKind.INTERNAL, ...options };
    return withIds(ids, () => this.#host.tracer.startSpan(name, whole, inside));
  }
}

/** Returns the context in which the agent of an attempt is called. */
export function contextOf(span: Span): Context {
  return trace.setSpan(context.active(), span);
}

function link(type: string, traceId: string, spanId: string): Link {
  return { context: { traceId, spanId, traceFlags: 0 }, attributes: { "automatosx.link": type } };
}

function setError(span: Span, message: string | undefined): void {
  span.setStatus({
    code: SpanStatusCode.ERROR,
    ...(message !== undefined && { message: message.slice(0, MAX_MESSAGE_CHARS) }),
  });
}
