import { Output } from "./Output.js";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What `axw` gets from outside: two outputs, the environment, a folder and the signals. */
export interface CliIo {
  /** Data: what a reader of the pipe asked for. */
  readonly stdout: Output;
  /** Messages to the person at the terminal: everything but the data. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths are resolved against. */
  readonly cwd: string;
  /** Calls `listener` at each such signal. Returns a function that removes it. */
  onSignal(signal: Signal, listener: () => void): () => void;
  /** Calls `action` when the process ends, in any way. Returns a function that removes it. */
  onExit(action: () => void): () => void;
  /** Ends the process at once: only for the third Ctrl-C. */
  exitNow(exitCode: number): void;
}

/**
 * Where messages go. On a terminal they share stdout with the data, so that both keep their order;
 * otherwise, and beside JSON, they go to stderr.
 */
export function messages(io: CliIo, { json = false }: { readonly json?: boolean } = {}): Output {
  return io.stdout.isTty && !json ? io.stdout : io.stderr;
}

/** The process that this program runs in. */
export function processIo(): CliIo {
  const typedAxw = process.env["AXW_COMMAND"] || undefined;
  const stdout = new Output(process.stdout, typedAxw);
  const stderr = new Output(process.stderr, typedAxw);
  return {
    stdout,
    stderr,
    env: process.env,
    cwd: process.cwd(),
    onSignal(signal, listener) {
      process.on(signal, listener);
      return () => void process.off(signal, listener);
    },
    onExit(action) {
      process.on("exit", action);
      return () => void process.off("exit", action);
    },
    exitNow: (exitCode) => process.exit(exitCode),
  };
}
