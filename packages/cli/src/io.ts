import { LineReader } from "./LineReader.js";
import { Output } from "./Output.js";
import { takeSecrets } from "./take-secrets.js";
import { isForeground, isTerminalAttached } from "./terminal-attached.js";
import { typedAxw } from "./typed-axw.js";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGCONT";

/** The outside world of `axw`: two outputs, the environment, a folder and signals. */
export interface CliIo {
  /** For data that a pipe can consume. */
  readonly stdout: Output;
  /** For messages to the user: everything except data. */
  readonly stderr: Output;
  /** Reads standard input to its end, once: at most this many bytes, plus 1 if there are more. */
  readInput(maxBytes: number): Promise<Uint8Array>;
  /**
   * Whether a person can be asked: standard input and output are a terminal, and this process is in
   * its foreground.
   */
  canAsk(): boolean;
  /**
   * Prints a prompt and reads a line from the terminal. Undefined at the end of the input, or once
   * the signal is aborted.
   */
  ask(prompt: string, signal: AbortSignal): Promise<string | undefined>;
  /** Opens a file in an editor on the terminal. Returns whether the editor ended normally. */
  openEditor(editor: string, path: string): Promise<boolean>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder against which relative paths are resolved. */
  readonly cwd: string;
  /**
   * Calls `listener` at each such signal. Returns a function that removes the listener. A SIGHUP
   * without a terminal calls no listener, and the process survives it.
   */
  onSignal(signal: Signal, listener: () => void): () => void;
  /**
   * Calls `action` when the process ends, for any reason. Returns a function that removes the
   * listener.
   */
  onExit(action: () => void): () => void;
  /** Whether this process may draw on its terminal: it is not a background job of a shell. */
  isForeground(): boolean;
  /** Ends the process at once. Used only for the third Ctrl-C. */
  exitNow(exitCode: number): void;
}

/**
 * Returns the output for messages. On a terminal they share stdout with the data, so that both stay
 * in order; otherwise, and with `--json`, they go to stderr.
 */
export function messages(io: CliIo, { json = false }: { readonly json?: boolean } = {}): Output {
  return io.stdout.isTty && !json ? io.stdout : io.stderr;
}

/** Connects `axw` to the current process. */
export function processIo(): CliIo {
  const heedsHangup = isTerminalAttached();
  // Node restores the default action of every signal when it starts, which undoes `nohup`: without
  // a listener, SIGHUP would end the process.
  if (!heedsHangup) process.on("SIGHUP", () => undefined);
  const typed = typedAxw(process.env, process.argv[1]);
  const stdout = new Output(process.stdout, typed);
  const stderr = new Output(process.stderr, typed);
  let input: Promise<Uint8Array> | undefined;
  let lines: LineReader | undefined;
  return {
    stdout,
    stderr,
    readInput(maxBytes) {
      input ??= readStream(process.stdin, maxBytes);
      return input;
    },
    canAsk: () => stdout.isTty && process.stdin.isTTY && isForeground(),
    ask(prompt, signal) {
      stdout.write(prompt);
      lines ??= new LineReader(process.stdin);
      return lines.next(signal);
    },
    openEditor,
    env: takeSecrets(process.env),
    get cwd() {
      return currentFolder();
    },
    onSignal(signal, listener) {
      if (signal === "SIGHUP" && !heedsHangup) return () => undefined;
      process.on(signal, listener);
      return () => void process.off(signal, listener);
    },
    onExit(action) {
      process.on("exit", action);
      return () => void process.off("exit", action);
    },
    isForeground,
    exitNow: (exitCode) => process.exit(exitCode),
  };
}

// The variable may name flags beside the program: `code --wait`.
async function openEditor(editor: string, path: string): Promise<boolean> {
  const { spawn } = await import("node:child_process");
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", path], { stdio: "inherit" });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

async function readStream(stream: NodeJS.ReadableStream, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let left = maxBytes + 1;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk).subarray(0, left);
    chunks.push(bytes);
    left -= bytes.length;
    if (left === 0) break;
  }
  return Buffer.concat(chunks);
}

// The error has the shape of a `UsageError`, whose module imports this one for its output.
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw Object.assign(new Error("The current folder no longer exists."), {
      name: "UsageError",
      code: "invalid_argument",
      remedy: "Change to another folder, then run the command again.",
    });
  }
}
