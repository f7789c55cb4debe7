import { findRun, isOwned, type StoragePort } from "@automatosx/workflow/observe";
import { cleanLine, cleanText } from "@automatosx/workflow/terminal-text";
import { axw } from "../command.js";
import { type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";

const POLL_MS = 200;

/** The maximum number of step ids that an error lists. */
const NAMED_STEP_LIMIT = 10;

export interface LogsOptions extends DbOptions {
  readonly attempt?: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

type Chunk = ReturnType<StoragePort["readLogs"]>[number];

/**
 * Prints the agent output of a run, or of one step. With several steps, each line begins with its
 * step id. With `follow`, also prints new output for as long as a process owns the run.
 */
export async function logs(
  io: CliIo,
  id: string,
  stepId: string | undefined,
  options: LogsOptions,
): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const { runId, definitionHash } = findRun(storage, id);
  if (stepId !== undefined) refuseUnknownStep(storage, { runId, definitionHash, stepId });
  const printer = printerFor(io, stepId, options);
  let afterId = 0;
  let hasOutput = false;
  for (;;) {
    // Read this before the logs, so that output written in between is printed in the next round.
    const run = storage.getRun(runId);
    const continues = options.follow === true && run !== undefined && isOwned(run);
    for (const chunk of storage.readLogs(runId, stepId, afterId)) {
      afterId = chunk.id;
      if (options.attempt !== undefined && chunk.attemptNumber !== options.attempt) continue;
      hasOutput = true;
      printer.print(chunk);
    }
    if (!continues || io.stdout.isGone) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  printer.end();
  if (!hasOutput && options.json !== true) {
    io.stderr.line("The agents have written no output.");
    renderNext(io.stderr, axw("show", shortId(runId)), options);
  }
  return ExitCode.ok;
}

interface StepOfRun {
  readonly runId: string;
  readonly definitionHash: string;
  readonly stepId: string;
}

function refuseUnknownStep(
  storage: StoragePort,
  { runId, definitionHash, stepId }: StepOfRun,
): void {
  const { steps } = JSON.parse(
    storage.getWorkflow(definitionHash)?.definition ?? `{"steps":[]}`,
  ) as { steps: { id: string }[] };
  if (steps.some((step) => step.id === stepId)) return;
  const ids = steps.slice(0, NAMED_STEP_LIMIT).map((step) => step.id);
  throw new UsageError(`Run ${shortId(runId)} has no step \`${stepId}\`.`, {
    remedy: `Its steps: ${ids.join(", ")}${steps.length > ids.length ? ", …" : ""}.`,
    next: axw("logs", shortId(runId), ids[0] ?? "STEP"),
  });
}

interface Printer {
  print(chunk: Chunk): void;
  end(): void;
}

function printerFor(io: CliIo, stepId: string | undefined, { json }: LogsOptions): Printer {
  if (json === true) return new JsonPrinter(io);
  return stepId === undefined ? new PrefixPrinter(io) : new TextPrinter(io);
}

class JsonPrinter implements Printer {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  print(chunk: Chunk): void {
    this.#io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...chunk });
  }

  end(): void {}
}

/** Prints the text unchanged; on a terminal, without control sequences. */
class TextPrinter implements Printer {
  readonly #io: CliIo;
  #last = "\n";

  constructor(io: CliIo) {
    this.#io = io;
  }

  print({ text }: Chunk): void {
    const shown = this.#io.stdout.isTty ? cleanText(text) : text;
    this.#io.stdout.write(shown);
    this.#last = shown.at(-1) ?? this.#last;
  }

  end(): void {
    if (this.#last !== "\n") this.#io.stdout.line();
  }
}

/** Prints whole lines, each prefixed with its step id. A chunk may end in the middle of a line. */
class PrefixPrinter implements Printer {
  readonly #io: CliIo;
  readonly #rests = new Map<string, { readonly label: string; text: string }>();

  constructor(io: CliIo) {
    this.#io = io;
  }

  print(chunk: Chunk): void {
    const key = JSON.stringify([chunk.stepId, chunk.attemptNumber, chunk.stream]);
    const rest = this.#rests.get(key) ?? { label: labelOf(chunk), text: "" };
    const lines = (rest.text + chunk.text).split("\n");
    rest.text = lines.pop() ?? "";
    this.#rests.set(key, rest);
    for (const line of lines) this.#line(rest.label, line);
  }

  end(): void {
    for (const { label, text } of this.#rests.values()) if (text !== "") this.#line(label, text);
  }

  #line(label: string, text: string): void {
    this.#io.stdout.line(`${this.#io.stdout.paint("gray", label)} ${cleanText(text)}`);
  }
}

function labelOf({ stepId, attemptNumber, stream }: Chunk): string {
  return `${cleanLine(stepId)}#${attemptNumber}${stream === "stderr" ? "!" : " "}|`;
}
