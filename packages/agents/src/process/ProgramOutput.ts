import type { ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { AgentError, type AgentRequest, type LogStream } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import { describeFailure } from "./describe-failure.js";
import { StreamEnds } from "./StreamEnds.js";

/** How many bytes of stdout can be read as text, whatever `maxOutputBytes` allows. */
const MAX_TEXT_BYTES = 500_000_000;

/**
 * Collects a program's output. It keeps all of stdout up to a limit and the beginning and the end
 * of stderr, and passes both to the log as they arrive.
 */
export class ProgramOutput {
  readonly #log: AgentRequest["log"];
  readonly #maxBytes: number;
  readonly #onFailure: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  readonly #ends = { stdout: new StreamEnds(), stderr: new StreamEnds() };
  #byteCount = 0;
  #failure: Error | undefined;

  /**
   * Calls `onFailure` once, when stdout exceeds the limit or the log throws. Output after that is
   * dropped.
   */
  constructor(
    child: ChildProcess,
    log: AgentRequest["log"],
    maxBytes: number,
    onFailure: (error: Error) => void,
  ) {
    this.#log = log;
    this.#maxBytes = maxBytes;
    this.#onFailure = onFailure;
    child.stdout?.on("data", (chunk: Buffer) => this.#takeResult(chunk));
    child.stderr?.on("data", (chunk: Buffer) =>
      this.#pass("stderr", this.#decoders.stderr.write(chunk)),
    );
  }

  /** Why the output cannot be used; undefined as long as it can. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Passes on the bytes of a character that is incomplete when the stream ends. */
  finish(): void {
    this.#pass("stdout", this.#decoders.stdout.end());
    this.#pass("stderr", this.#decoders.stderr.end());
  }

  /** All of stdout as text. Throws an `AgentError` if that is longer than a string can be. */
  text(): string {
    if (this.#byteCount > MAX_TEXT_BYTES)
      throw new AgentError(
        `the program printed ${this.#byteCount} bytes on stdout; the limit of a result is ` +
          `${MAX_TEXT_BYTES} bytes; write large results to a file`,
        { retryable: false },
      );
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  /** What the program says about its failure; empty if it has printed nothing. */
  describeFailure(): string {
    const { stderr, stdout } = this.#ends;
    return describeFailure({ stderr: stderr.text, stdout: stdout.text });
  }

  #takeResult(chunk: Buffer): void {
    this.#byteCount += chunk.length;
    if (this.#byteCount > this.#maxBytes) {
      this.#fail(
        new AgentError(
          `the program printed more than ${this.#maxBytes} bytes on stdout; ` +
            "write large results to a file",
        ),
      );
      return;
    }
    this.#chunks.push(chunk);
    this.#pass("stdout", this.#decoders.stdout.write(chunk));
  }

  #pass(stream: LogStream, text: string): void {
    if (text === "" || this.#failure !== undefined) return;
    this.#ends[stream].add(text);
    try {
      this.#log(text, stream);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#chunks.length = 0;
    this.#onFailure(error);
  }
}
