import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolEnvironment } from "../turbo.ts";

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** A command of CI. */
export interface Part {
  /** Its name in the table and in the list of failed parts. */
  readonly name: string;
  readonly command: Command;
  /**
   * What repeats what has failed, because it plays with real time and the failure may come from a
   * busy machine.
   */
  readonly again?: Command;
}

/** How a part ended. */
export interface Ended {
  readonly isOk: boolean;
  readonly seconds: number;
  /** What it printed, on both streams. */
  readonly output: string;
}

/** Runs parts as processes. Each has a process group of its own, so that all of it can be ended. */
export class PartRunner {
  readonly #folder = mkdtempSync(join(tmpdir(), "axw-ci-"));
  readonly #running = new Map<number, { readonly part: Part; readonly file: string }>();
  #count = 0;

  /** Runs a part in the root of the repository. Its output goes to a file, whole and in order. */
  async run(part: Part): Promise<Ended> {
    this.#count += 1;
    const file = join(this.#folder, `${this.#count}.txt`);
    const output = openSync(file, "w");
    const began = performance.now();
    const [program, ...args] = part.command;
    const child = spawn(program, args, {
      cwd: root,
      env: toolEnvironment,
      stdio: ["ignore", output, output],
      detached: true,
    });
    closeSync(output);
    if (child.pid !== undefined) this.#running.set(child.pid, { part, file });
    const said = await new Promise<string | undefined>((resolve) => {
      child.once("error", ({ message }) => resolve(message));
      child.once("exit", (code, signal) =>
        resolve(
          code === 0 ? undefined : `${part.name} ended with ${signal ?? `exit code ${code}`}`,
        ),
      );
    });
    if (child.pid !== undefined) this.#running.delete(child.pid);
    const printed = readFileSync(file, "utf8");
    return {
      isOk: said === undefined,
      seconds: (performance.now() - began) / 1000,
      output: said === undefined ? printed : `${printed}${said}\n`,
    };
  }

  /** Ends the parts in progress, and returns what each has printed so far. */
  stop(): readonly { readonly part: Part; readonly output: string }[] {
    return [...this.#running].map(([pid, { part, file }]) => {
      try {
        process.kill(-pid, "SIGTERM");
      } catch {
        // It has just ended.
      }
      return { part, output: readFileSync(file, "utf8") };
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
