import type { ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { AgentError, type AgentRequest, type LogStream } from "../agents/AgentPort.js";
import { messageOf } from "../message-of.js";
import type { MaskedStream, SecretMask } from "../secrets/SecretMask.js";
import { describeFailure } from "./describe-failure.js";
import { StreamEnds } from "./StreamEnds.js";

/** How many bytes of stdout can be read as text, whatever `maxOutputBytes` allows. */
const MAX_TEXT_BYTES = 500_000_000;

/** What a program's output is used for. */
export interface ProgramOutputOptions {
  readonly log: AgentRequest["log"];
  /** How many bytes of stdout are accepted. */
  readonly maxBytes: number;
  /** Replaces secrets before anything else sees the output. */
  readonly mask: SecretMask | undefined;
  /** Called once, when stdout exceeds the limit or the log throws. */
  readonly onFailure: (error: Error) => void;
}

/**
 * Collects a program's output. It keeps all of stdout up to a limit and the beginning and the end
 * of stderr, and passes both to the log as they arrive.
 */
export class ProgramOutput {
  readonly #log: AgentRequest["log"];
  readonly #maxBytes: number;
  readonly #onFailure: (error: Error) => void;
  readonly #masks: Readonly<Record<LogStream, MaskedStream>> | undefined;
  readonly #chunks: (Buffer | string)[] = [];
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  readonly #ends = { stdout: new StreamEnds(), stderr: new StreamEnds() };
  #byteCount = 0;
  #failure: Error | undefined;

  /** Output that arrives after a failure is dropped. */
  constructor(child: ChildProcess, { log, maxBytes, mask, onFailure }: ProgramOutputOptions) {
    this.#log = log;
    this.#maxBytes = maxBytes;
    this.#onFailure = onFailure;
    this.#masks = mask && { stdout: mask.stream(), stderr: mask.stream() };
    child.stdout?.on("data", (chunk: Buffer) => this.#takeResult(chunk));
    child.stderr?.on("data", (chunk: Buffer) =>
      this.#decode("stderr", this.#decoders.stderr.write(chunk)),
    );
  }

  /** Why the output cannot be used; undefined as long as it can. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Passes on what was held back: an incomplete character, and what could become a secret. */
  finish(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#decode(stream, this.#decoders[stream].end());
      const rest = this.#masks?.[stream].end() ?? "";
      this.#keep(stream, rest);
      this.#pass(stream, rest);
    }
  }

  /** All of stdout as text. Throws an `AgentError` if that is longer than a string can be. */
  text(): string {
    if (this.#byteCount > MAX_TEXT_BYTES)
      throw new AgentError(
        `the program printed ${this.#byteCount} bytes on stdout; the limit of a result is ` +
          `${MAX_TEXT_BYTES} bytes; write large results to a file`,
        { retryable: false },
      );
    if (this.#masks !== undefined) return this.#chunks.join("");
    return Buffer.concat(this.#chunks as Buffer[]).toString("utf8");
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
    if (this.#masks === undefined) this.#chunks.push(chunk);
    this.#decode("stdout", this.#decoders.stdout.write(chunk));
  }

  #decode(stream: LogStream, text: string): void {
    if (this.#masks === undefined) return this.#pass(stream, text);
    const masked = this.#masks[stream].write(text);
    this.#keep(stream, masked);
    this.#pass(stream, masked);
  }

  /** Adds text to the result, if the bytes themselves are not kept. */
  #keep(stream: LogStream, text: string): void {
    if (stream === "stdout" && text !== "" && this.#failure === undefined) this.#chunks.push(text);
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
