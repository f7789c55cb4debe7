import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, monotonicNow } from "../ports.js";
import type { GuardMessage } from "../programs/guard-messages.js";
import type { LeaseTimes } from "../storage/owner-state.js";

/** The share of a lease that is left when the guard ends the programs of a run. */
const LEFT_SHARE = 1 / 12;

/** What a lease protects: a run, or an attempt of a queue. */
export interface GuardedLease {
  /** Identifies it among all that this guard knows. */
  readonly runId: string;
  /** Until when no other process can take it over, on the guard's clock. */
  readonly lease: { readonly until: number };
}

/** A program of an attempt, as its record names it. */
export interface GuardedProgram {
  /** The leader of its process group. */
  readonly pid: number;
  /** When it started, which tells it from a later process with this id. */
  readonly processStart: string;
  /** The key of the attempt. */
  readonly idempotencyKey: string;
  /** Marks the processes of the attempt. */
  readonly token: string;
}

/**
 * Ends the programs of this engine before the leases of their runs end, if the engine itself cannot
 * because it is suspended, blocked or dead. Another engine may be on another host, from where it
 * cannot end them. This is a process of its own, started with the first program.
 */
export class LeaseGuard {
  readonly #clock: Clock;
  readonly #times: Pick<LeaseTimes, "leaseMs">;
  readonly #programs = new Map<
    number,
    { readonly run: GuardedLease; readonly is: GuardedProgram }
  >();
  #child: ChildProcess | undefined;

  constructor(clock: Clock, times: Pick<LeaseTimes, "leaseMs">) {
    this.#clock = clock;
    this.#times = times;
  }

  /** A program has started. */
  started(run: GuardedLease, program: GuardedProgram): void {
    this.#programs.set(program.pid, { run, is: program });
    if (this.#child === undefined) return this.#start();
    this.#sendProgram(run, program);
  }

  /** Every process of a program has ended. */
  ended(pid: number): void {
    if (this.#programs.delete(pid)) this.#send({ type: "ended", pid });
  }

  /** Leases have been renewed. */
  renewed(): void {
    if (this.#programs.size === 0) return;
    const runs = new Set([...this.#programs.values()].map(({ run }) => run));
    this.#send({ type: "leases", endAt: [...runs].map((run) => this.#endOf(run)) });
  }

  /** The engine has stopped its agents. */
  close(): void {
    this.#programs.clear();
    this.#send({ type: "closed" });
    this.#child?.stdin?.end();
    this.#child = undefined;
  }

  #endOf({ runId, lease }: GuardedLease): readonly [string, number] {
    const leftMs = lease.until - this.#clock.now() - this.#times.leaseMs * LEFT_SHARE;
    return [runId, monotonicNow() + leftMs];
  }

  #start(): void {
    const program = guardProgram();
    if (program === undefined || process.platform === "win32") return;
    // It must outlive what ends or stops the process group of this engine. Without an environment,
    // it is not among the processes of an attempt in which this engine may run.
    const child = spawn(process.execPath, [program], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: {},
      cwd: dirname(program),
    });
    this.#child = child;
    const lost = (): void => {
      if (this.#child === child) this.#child = undefined;
    };
    // Without it, the next program starts another one.
    child.on("error", lost).on("exit", lost);
    child.stdin.on("error", lost);
    child.unref();
    (child.stdin as { unref?: () => void }).unref?.();
    for (const { run, is } of this.#programs.values()) this.#sendProgram(run, is);
  }

  #sendProgram(run: GuardedLease, program: GuardedProgram): void {
    const [runId, endAt] = this.#endOf(run);
    this.#send({ type: "program", runId, endAt, ...program });
  }

  #send(message: GuardMessage): void {
    this.#child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}

let found: string | undefined;

/** The path of the guard's program, in the package of this code; undefined if the code was moved. */
function guardProgram(): string | undefined {
  const place: string | undefined = import.meta.url;
  if (found !== undefined || place === undefined) return found;
  // A bundle may be less deep in the package than this file is.
  let folder = dirname(fileURLToPath(place));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder)
    folder = dirname(folder);
  const program = join(folder, "dist", "lease-guard.js");
  if (existsSync(program)) found = program;
  return found;
}
