import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process of a test. */
export interface LaunchedChild {
  readonly child: ChildProcess;
  /** Resolves with the rest of its first line that begins with a prefix. */
  readonly line: (prefix: string) => Promise<string>;
  readonly exited: Promise<void>;
}

/** Starts a script with Node. */
export function launchChild(script: string, argv: readonly string[]): LaunchedChild {
  const child = spawn(process.execPath, [script, ...argv], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const waiting: {
    prefix: string;
    resolve: (rest: string) => void;
    reject: (error: Error) => void;
  }[] = [];
  const look = (): void => {
    for (const waiter of [...waiting]) {
      const found = lines.find((line) => line.startsWith(waiter.prefix));
      if (found === undefined) continue;
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.resolve(found.slice(waiter.prefix.length));
    }
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    look();
  });
  const exited = new Promise<void>((resolve) =>
    child.on("exit", () => {
      for (const { prefix, reject } of waiting)
        reject(new Error(`the child ended without "${prefix}": ${lines.join(" | ")}`));
      resolve();
    }),
  );
  const line = (prefix: string): Promise<string> =>
    new Promise((resolve, reject) => {
      waiting.push({ prefix, resolve, reject });
      look();
    });
  return { child, line, exited };
}
