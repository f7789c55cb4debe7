import { readFileSync, writeFileSync } from "node:fs";
import type { CliIo, Signal } from "../../src/io.js";
import { Output } from "../../src/Output.js";
import { FakeStream } from "./FakeStream.js";

interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** Standard input. */
  readonly input?: string;
  /** What a person types on the terminal, line by line, or does before typing the line. */
  readonly typed?: readonly (string | (() => Promise<string>))[];
  /** What a person does in the editor: changes the text. Throws if the editor fails. */
  readonly edits?: (text: string) => string;
}

/** The environment of `main` in a test: it records output, and `send` raises a signal. */
export class FakeIo implements CliIo {
  readonly out: FakeStream;
  readonly err = new FakeStream();
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly #input: string;
  readonly #edits: Surroundings["edits"];
  readonly #typed: (string | (() => Promise<string>))[] | undefined;
  /** The exit code, if the process would have exited immediately. */
  exitedWith: number | undefined;
  /** Whether the process is in the foreground of its terminal. */
  foreground = true;
  readonly #listeners = new Map<Signal, Set<() => void>>();
  readonly #atExit = new Set<() => void>();

  constructor({ cwd, env = {}, terminal, input = "", typed, edits }: Surroundings) {
    this.cwd = cwd;
    this.#input = input;
    this.#edits = edits;
    this.#typed = typed === undefined ? undefined : [...typed];
    this.env = { PATH: process.env["PATH"], ...env };
    this.out = new FakeStream(terminal);
    this.stdout = new Output(this.out, env["AXW_COMMAND"]);
    this.stderr = new Output(this.err, env["AXW_COMMAND"]);
  }

  readInput(maxBytes: number): Promise<Uint8Array> {
    return Promise.resolve(Buffer.from(this.#input).subarray(0, maxBytes + 1));
  }

  canAsk(): boolean {
    return this.#typed !== undefined && this.foreground;
  }

  async ask(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    this.stdout.write(prompt);
    if (signal.aborted) return undefined;
    const typed = this.#typed?.shift();
    return typeof typed === "function" ? typed() : typed;
  }

  async openEditor(_editor: string, path: string): Promise<boolean> {
    try {
      writeFileSync(path, this.#edits?.(readFileSync(path, "utf8")) ?? "");
      return true;
    } catch {
      return false;
    }
  }

  onSignal(signal: Signal, listener: () => void): () => void {
    const listeners = this.#listeners.get(signal) ?? new Set();
    this.#listeners.set(signal, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  onExit(action: () => void): () => void {
    this.#atExit.add(action);
    return () => void this.#atExit.delete(action);
  }

  isForeground(): boolean {
    return this.foreground;
  }

  exitNow(exitCode: number): void {
    this.exitedWith = exitCode;
    for (const action of this.#atExit) action();
  }

  send(signal: Signal): void {
    for (const listener of this.#listeners.get(signal) ?? []) listener();
  }
}
