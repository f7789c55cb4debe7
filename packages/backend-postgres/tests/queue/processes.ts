import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "./support.js";

/** A process of a test. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves with the rest of the first line that begins with a prefix. */
  line(prefix: string): Promise<string>;
  readonly exited: Promise<void>;
}

/** What an agent of a worker noted. */
export interface Note {
  readonly what: "start" | "end" | "stop";
  readonly key: string;
  readonly pid: number;
  readonly at: number;
}

/** Processes of a test, which all end with it, and a file for the notes of their agents. */
export class Processes implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "axw-queue-"));
  readonly database = join(this.folder, "workflow.db");
  readonly #notes = join(this.folder, "notes.txt");
  readonly #children: Child[] = [];

  /** Starts a worker; settles when it takes attempts. */
  async worker(url: string, slots: number, maxConcurrent?: number): Promise<Child> {
    const more = maxConcurrent === undefined ? [] : [String(maxConcurrent)];
    const child = this.#launch("worker-child.ts", [url, this.#notes, String(slots), ...more]);
    await child.line("ready");
    return child;
  }

  /** Starts an engine on the database of this test, which starts or resumes a run. */
  engine(url: string, verb: "start" | "resume", argument: string, database = this.database): Child {
    return this.#launch("engine-child.ts", [database, url, verb, argument]);
  }

  /** What the agents have noted so far. */
  notes(what?: Note["what"]): readonly Note[] {
    if (!existsSync(this.#notes)) return [];
    const lines = readFileSync(this.#notes, "utf8").split("\n").slice(0, -1);
    const all = lines.map((line) => JSON.parse(line) as Note);
    return what === undefined ? all : all.filter((note) => note.what === what);
  }

  /** Settles when the agents have noted something this many times. */
  async noted(what: Note["what"], count: number, limitMs = 30_000): Promise<void> {
    await until(() => this.notes(what).length >= count, limitMs);
  }

  [Symbol.dispose](): void {
    for (const { process } of this.#children) process.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #launch(script: string, argv: readonly string[]): Child {
    const path = new URL(script, import.meta.url).pathname;
    const child = spawn(process.execPath, [path, ...argv], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const find = (prefix: string): string | undefined =>
      lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
    const line = async (prefix: string): Promise<string> => {
      await until(() => find(prefix) !== undefined || child.exitCode !== null, 60_000);
      const found = find(prefix);
      if (found === undefined) throw new Error(`${script} ended without "${prefix}"`);
      return found;
    };
    const launched = { process: child, line, exited };
    this.#children.push(launched);
    return launched;
  }
}

/** The most attempts that were performed at once, by the notes of their agents. */
export function mostAtOnce(notes: readonly Note[]): number {
  let now = 0;
  let most = 0;
  // An end and a start in the same millisecond do not overlap.
  const order = { end: 0, stop: 0, start: 1 };
  for (const { what } of notes.toSorted((a, b) => a.at - b.at || order[a.what] - order[b.what])) {
    now += what === "start" ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}
