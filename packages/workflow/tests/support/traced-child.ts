// The process that the tests of traces kill: it starts, resumes or recovers runs, and appends each
// span that it exports to a file as a line of JSON. Run by Node from the built package.
import { appendFileSync } from "node:fs";
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { prepareWorkflowFile, WorkflowEngine } from "../../dist/index.js";
import { RunIds, startTelemetry } from "../../dist/otel/index.js";

const [database = "", file = "", processor = "", verb = "", argument = "", more = ""] =
  process.argv.slice(2);

class FileExporter extends InMemorySpanExporter {
  override export(
    spans: ReadableSpan[],
    done: Parameters<InMemorySpanExporter["export"]>[1],
  ): void {
    // As an exporter whose collector does not answer.
    if (processor === "stuck") return;
    const lines = spans.map((span) =>
      JSON.stringify({
        ...span.spanContext(),
        parentId: span.parentSpanContext?.spanId,
        name: span.name,
        path: span.attributes["automatosx.step.path"],
        startTime: span.startTime,
        endTime: span.endTime,
        status: span.attributes["automatosx.attempt.status"],
        by: process.pid,
      }),
    );
    appendFileSync(file, `${lines.join("\n")}\n`);
    super.export(spans, done);
  }
}
const exporter = new FileExporter();

const tracerProvider = new TracerProvider({
  idGenerator: new RunIds(),
  spanProcessors: [
    processor === "simple"
      ? new SimpleSpanProcessor({ exporter })
      : // It never exports by itself, so that all that is exported was flushed.
        new BatchSpanProcessor({ exporter, scheduledDelayMillis: 2 ** 30 }),
  ],
});
const telemetry = startTelemetry({ tracerProvider, flushIntervalMs: Number(more || 2 ** 30) });

const engine = await WorkflowEngine.open({
  database,
  agents: {
    worker: ({ stepId, attemptNumber, signal, traceparent }) => {
      process.stdout.write(`in ${stepId}/${attemptNumber} ${traceparent}\n`);
      if (!stepId.startsWith("wait") || attemptNumber > 1) return stepId;
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    },
  },
});
if (verb === "start" || verb === "resume") {
  const source = argument.endsWith(".yaml") ? prepareWorkflowFile(argument) : argument;
  const run = verb === "start" ? await engine.start(source) : await engine.resume(argument);
  process.stdout.write(`run ${run.id}\n`);
  const { status } = await run.ending;
  process.stdout.write(`ended ${status}\n`);
}
// Ends without a flush, as a process that is killed.
if (verb === "start") await new Promise(() => setInterval(() => undefined, 1000));
await engine.close();
await telemetry.stop();
