import { describe, expect, test } from "vitest";
import {
  type AgentRequest,
  isQuarantined,
  type StoredRun,
  WorkflowEngine,
} from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { acrossNetwork, type Network } from "../support/network-storage.js";
import { workflow } from "../support/workflows.js";

interface Host {
  readonly network: Network;
  readonly engine: WorkflowEngine;
}

/** Workers on one storage, each across a network of its own. The agent answers when `finish` is called. */
class Hosts implements AsyncDisposable {
  readonly clock = new SimulatedClock();
  readonly #hosts: Host[] = [];
  /** Which host has begun each attempt, and how to end it. */
  readonly #attempts: { readonly host: number; readonly end: () => void }[] = [];

  static async open(count: number): Promise<Hosts> {
    const hosts = new Hosts();
    for (let n = 0; n < count; n += 1) await hosts.#add(n);
    const [first] = hosts.#hosts;
    await first?.engine.enqueue(workflow({ a: { timeout: 86_400_000 } }), { runId: "job" });
    for (const { engine } of hosts.#hosts) engine.work({ slots: 1 });
    await hosts.clock.advance(10_000);
    return hosts;
  }

  async #add(host: number): Promise<void> {
    const { clock } = this;
    const { storage, network } = acrossNetwork(clock, this.#hosts[0]?.network.behind);
    const engine = await WorkflowEngine.open({
      ...{ storage, ports: { clock, chance: { next: () => 0.5 } } },
      agents: { "*": (request) => this.#perform(request, host) },
    });
    this.#hosts.push({ network, engine });
  }

  #perform({ signal }: AgentRequest, host: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#attempts.push({ host, end: () => resolve(`done by ${host}`) });
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }

  get run(): StoredRun | undefined {
    return this.#hosts[0]?.network.behind.getRun("job");
  }

  /** How many attempts have begun. */
  get begun(): number {
    return this.#attempts.length;
  }

  /** Cuts off the hosts, or only the one with the last attempt, for this long. */
  async cut(ms: number, which: "owner" | "all"): Promise<void> {
    const owner = this.#attempts.at(-1)?.host;
    const cut = this.#hosts.filter((_, host) => which === "all" || host === owner);
    for (const { network } of cut) network.state = "refusing";
    await this.clock.advance(ms);
    for (const { network } of cut) network.state = "up";
    await this.clock.advance(90_000);
  }

  async finish(): Promise<void> {
    this.#attempts.at(-1)?.end();
    await this.clock.advance(5000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { network, engine } of this.#hosts) {
      network.state = "up";
      await this.clock.advanceUntil(engine.close());
    }
  }
}

describe("a run whose engines lose it through outages", () => {
  test.each([
    [2, "owner", 60_000],
    [2, "owner", 25_000],
    [2, "all", 60_000],
    [1, "all", 60_000],
    [1, "all", 25_000],
  ] as const)(
    "is not quarantined: %i hosts, an outage of %s for %i ms",
    async (count, which, ms) => {
      await using hosts = await Hosts.open(count);
      for (let outage = 0; outage < 5; outage += 1) await hosts.cut(ms, which);
      const { run } = hosts;
      expect([run?.failedRecoveries, run !== undefined && isQuarantined(run), hosts.begun]).toEqual(
        [0, false, 6],
      );
      await hosts.finish();
      expect(hosts.run?.status).toBe("completed");
    },
  );

  test("is counted as long as the engine that lost it is away, because it may be dead", async () => {
    await using hosts = await Hosts.open(2);
    const counts: unknown[] = [];
    const cut = hosts.cut(60_000, "owner");
    hosts.clock.setTimer(55_000, () => counts.push(hosts.run?.failedRecoveries));
    await cut;
    counts.push(hosts.run?.failedRecoveries);
    expect(counts).toEqual([1, 0]);
  });
});
