import type { LogStream, StoragePort } from "@automatosx/workflow";
import { type DbOptions, findRun, openToRead } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { ownerState } from "../owner-state.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { cleanLine, cleanText } from "../render/clean-text.js";
import { renderNext } from "../render/error.js";
import { shellWord, shortId } from "../render/words.js";
import { UsageError } from "../UsageError.js";

const POLL_MS = 200;

export interface LogsOptions extends DbOptions {
  readonly attempt?: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

type Chunk = ReturnType<StoragePort["readLogs"]>[number];

/** Prints what the agents of a run, or of one step, wrote. Of several steps each line is led by its step. */
export async function logs(
  io: CliIo,
  id: string,
  stepId: string | undefined,
  options: LogsOptions,
): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const { runId, definitionHash } = findRun(storage, id);
  if (stepId !== undefined) mustHaveStep(storage, definitionHash, runId, stepId);
  const printer =
    options.json === true
      ? new JsonPrinter(io)
      : stepId === undefined
        ? new PrefixPrinter(io)
        : new TextPrinter(io);
  let afterId = 0;
  let isAny = false;
  for (;;) {
    // Asked before reading: what is written in between is then read in the next round.
    const run = storage.getRun(runId);
    const goesOn =
      options.follow === true &&
      run !== undefined &&
      ["alive", "elsewhere"].includes(ownerState(run));
    for (const chunk of storage.readLogs(runId, stepId, afterId)) {
      afterId = chunk.id;
      if (options.attempt !== undefined && chunk.attemptNumber !== options.attempt) continue;
      isAny = true;
      printer.print(chunk);
    }
    if (!goesOn || io.stdout.isGone) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  printer.end();
  if (!isAny && options.json !== true) {
    io.stderr.line("No agent has written anything there.");
    renderNext(io.stderr, `axw show ${shortId(runId)}${dbFlag(options)}`);
  }
  return ExitCode.ok;
}

function mustHaveStep(
  storage: StoragePort,
  definitionHash: string,
  runId: string,
  stepId: string,
): void {
  const { steps } = JSON.parse(
    storage.getWorkflow(definitionHash)?.definition ?? `{"steps":[]}`,
  ) as { steps: { id: string }[] };
  if (steps.some((step) => step.id === stepId)) return;
  const ids = steps.slice(0, 10).map((step) => step.id);
  throw new UsageError(`Run ${shortId(runId)} has no step \`${stepId}\`.`, {
    remedy: `Its steps: ${ids.join(", ")}${steps.length > ids.length ? ", …" : ""}.`,
    next: `axw logs ${shortId(runId)} ${shellWord(ids[0] ?? "STEP")}`,
  });
}

interface Printer {
  print(chunk: Chunk): void;
  end(): void;
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

// A file gets the text as it was written; a terminal must not obey it.
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

// Chunks end where they will: a line is printed once it is whole.
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

function labelOf({
  stepId,
  attemptNumber,
  stream,
}: {
  stepId: string;
  attemptNumber: number;
  stream: LogStream;
}): string {
  return `${cleanLine(stepId)}#${attemptNumber}${stream === "stderr" ? "!" : " "}|`;
}
