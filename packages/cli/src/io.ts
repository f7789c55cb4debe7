import { Output } from "./output.js";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What the program gets from outside: two sinks, the environment, a folder and the signals. */
export interface CliIo {
  /** Data: what a reader of the pipe asked for. */
  readonly stdout: Output;
  /** Talk: everything that is said to a person beside the data. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Paths are read relative to it. */
  readonly cwd: string;
  /** Calls `listener` at each such signal; the answer takes it back. */
  onSignal(signal: Signal, listener: () => void): () => void;
  /** Calls `action` as the process ends, whatever the way; the answer takes it back. */
  onExit(action: () => void): () => void;
  /** Ends the process at once: only for the third Ctrl-C. */
  exitNow(exitCode: number): void;
}

/** Where talk goes: on a terminal among the data, as it comes; else apart from it. */
export function talkOf(io: CliIo): Output {
  return io.stdout.isTty ? io.stdout : io.stderr;
}

/** The real process. */
export function processIo(): CliIo {
  const axw = process.env["AXW_COMMAND"] || undefined;
  const stdout = new Output(process.stdout, axw);
  const stderr = new Output(process.stderr, axw);
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
