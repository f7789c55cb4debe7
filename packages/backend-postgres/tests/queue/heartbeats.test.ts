import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HeldJob, type TakenJob } from "../../src/queue/HeldJob.js";
import { HeldJobs, type HeldJobsDatabase } from "../../src/queue/HeldJobs.js";
import { DEFAULT_HEARTBEAT_MS } from "../../src/queue/heartbeat.js";

/** How long an outage may last without an effect, in ms. */
const OUTAGE_MS = 15_000;

/** How long a program with the default grace needs to stop, in ms: `stopMsAfter(5000)`. */
const PROGRAM_STOP_MS = 20_000;

/** How long the driver waits for an answer, in ms. */
const QUERY_TIMEOUT_MS = 10_000;

type State = "answers" | "refuses" | "swallows";

/** A server that refuses connections or swallows packets for a while, in virtual time. */
class Server implements HeldJobsDatabase {
  state: State = "answers";
  readonly boss: HeldJobsDatabase["boss"] = {
    touch: async (_, jobs) => {
      await this.#answer();
      // The pg-boss of a job's queue returns what it has touched.
      const ids = [jobs].flat().map((job) => (typeof job === "string" ? job : job.id));
      return { jobs: ids, requested: ids.length, affected: ids.length, settled: ids };
    },
  };

  async query<Row>(_: string, values: unknown[] = []): Promise<readonly Row[]> {
    await this.#answer();
    const ids = (values[1] ?? []) as readonly string[];
    return ids.map((id) => ({ id, isActive: true, reason: null, explanation: null })) as Row[];
  }

  announce(): void {}

  onNotice(): () => void {
    return () => undefined;
  }

  async #answer(): Promise<void> {
    if (this.state === "answers") return;
    if (this.state === "swallows")
      await new Promise((resolve) => setTimeout(resolve, QUERY_TIMEOUT_MS));
    throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  }
}

function jobOf(id: string): TakenJob {
  const data = {} as TakenJob["data"];
  const heartbeatSeconds = DEFAULT_HEARTBEAT_MS / 1000;
  return { id, name: "agent", data, retryCount: 0, heartbeatSeconds };
}

let server: Server;
let jobs: HeldJobs;
let held: HeldJob;
beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  jobs = new HeldJobs(server, { stopMs: () => PROGRAM_STOP_MS, onBeat: () => undefined });
  held = new HeldJob(jobOf("a"), "worker", performance.now());
  jobs.add(held);
});
afterEach(() => {
  jobs.close();
  vi.useRealTimers();
});

describe("an outage of 15 s", () => {
  // Before, at and after the instants at which heartbeats are sent.
  const BEGIN = Array.from({ length: 40 }, (_, index) => 60_000 + index * 130);

  test.each(["refuses", "swallows"] as const)(
    "stops no program with the default heartbeat: a server that %s",
    async (state) => {
      let atMs = 0;
      for (const [index, beginMs] of BEGIN.entries()) {
        // The outages are a minute apart, so that none meets the end of another.
        const beginAt = beginMs + index * 60_000;
        await vi.advanceTimersByTimeAsync(beginAt - atMs);
        server.state = state;
        await vi.advanceTimersByTimeAsync(OUTAGE_MS);
        server.state = "answers";
        atMs = beginAt + OUTAGE_MS;
      }
      await vi.advanceTimersByTimeAsync(60_000);
      expect(held.aborted).toBe(false);
    },
  );
});

describe("an outage that lasts", () => {
  test.each(["refuses", "swallows"] as const)(
    "stops a program so early that it has ended when its attempt is given up: a server that %s",
    async (state) => {
      await vi.advanceTimersByTimeAsync(61_234);
      server.state = state;
      let stoppedAt: number | undefined;
      held.addEventListener("abort", () => {
        stoppedAt = performance.now();
      });
      await vi.advanceTimersByTimeAsync(120_000);
      expect(held.isLost).toBe(true);
      expect(stoppedAt).toBeLessThanOrEqual(held.certainUntil - PROGRAM_STOP_MS + 100);
    },
  );

  test("moves no end of an attempt back when the answer of an older heartbeat comes late", () => {
    held.renewed(10_000);
    held.renewed(7000);
    expect(held.certainUntil).toBe(10_000 + DEFAULT_HEARTBEAT_MS);
  });
});
