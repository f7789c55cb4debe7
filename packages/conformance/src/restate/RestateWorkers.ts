import { fileURLToPath } from "node:url";
import { freePort } from "@automatosx/test-servers/postgres";
import {
  type AgentNote,
  CONFORMANCE_AGENTS,
  type HarnessSetup,
} from "@automatosx/workflow/testing";
import { NodeProcess } from "../harness/NodeProcess.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import type { WorkerSettings } from "./restate-settings.ts";

const PROGRAM = fileURLToPath(new URL("./restate-main.ts", import.meta.url));
const DRAIN_MS = 20_000;

type Shared = Pick<WorkerSettings, "log" | "adminUrl" | "sink"> & {
  readonly folder: string;
  readonly fault: RestateFault | undefined;
};

/**
 * A fault that is planted: the calls of an attempt may reach another worker than before, or a worker
 * gives up its attempts as soon as it has lost the server.
 */
export type RestateFault = "affinity off" | "no grace";

/** The workers of one case, behind a balancer if there are several. One that dies is replaced. */
export class RestateWorkers implements AsyncDisposable {
  readonly #shared: Shared;
  readonly #setup: HarnessSetup;
  #agents: readonly string[];
  #balancer: Balancer | undefined;
  #workers: Worker[] = [];
  #count = 0;

  private constructor(setup: HarnessSetup, shared: Shared) {
    this.#setup = setup;
    this.#shared = shared;
    this.#agents = setup.agents ?? CONFORMANCE_AGENTS;
    Object.assign(process.env, setup.environment);
  }

  static async start(setup: HarnessSetup, shared: Shared): Promise<RestateWorkers> {
    const workers = new RestateWorkers(setup, shared);
    await workers.#startAll();
    return workers;
  }

  /** Kills the worker that performs or last performed an attempt, and starts it again. */
  async kill(notes: readonly AgentNote[]): Promise<void> {
    const note = notes.findLast(({ what }) => what === "started");
    const worker = this.#workers.find((one) => one.process.name === note?.worker);
    const killed = worker ?? this.#workers[0];
    if (killed === undefined) throw new Error("no worker is left");
    await killed.process.kill();
    killed.process = await this.#startProcess(killed.port, killed.advertise, false);
  }

  /** Kills all workers; the returned function starts them again. */
  async killAll(): Promise<() => Promise<void>> {
    const killed = this.#workers;
    await Promise.all(killed.map((worker) => worker.process.kill()));
    return async () => {
      for (const worker of killed)
        worker.process = await this.#startProcess(worker.port, worker.advertise, false);
    };
  }

  /** From now on, the workers have another agent too. */
  async serve(agentId: string): Promise<void> {
    this.#agents = [...this.#agents, agentId];
    await this.deploy();
  }

  /** Starts and registers others beside the present ones, which then drain and end. */
  async deploy(): Promise<void> {
    const [old, balancer] = [this.#workers, this.#balancer];
    this.#workers = [];
    await this.#startAll();
    await Promise.all(
      old.map(async ({ process }) => {
        await process.ask("drain", DRAIN_MS);
        await process.whenGone();
      }),
    );
    await balancer?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map(({ process }) => process.kill()));
    await this.#balancer?.[Symbol.asyncDispose]();
  }

  async #startAll(): Promise<void> {
    const { workers = 1 } = this.#setup;
    const ports = await Promise.all(Array.from({ length: workers }, () => freePort()));
    const [first = 0] = ports;
    this.#balancer = workers > 1 ? await this.#balance(ports) : undefined;
    const advertise = this.#balancer?.url ?? `http://127.0.0.1:${first}`;
    for (const port of ports.toReversed()) {
      // The last to start registers all of them.
      const process = await this.#startProcess(port, advertise, port === first);
      this.#workers.push({ port, advertise, process });
    }
  }

  #balance(ports: readonly number[]): Promise<Balancer> {
    const { folder, fault } = this.#shared;
    return startBalancer(folder, ports, fault === "affinity off" ? "none" : "invocation");
  }

  #startProcess(port: number, advertise: string, register: boolean): Promise<NodeProcess> {
    this.#count += 1;
    const { log, adminUrl, sink, fault } = this.#shared;
    const { slots } = this.#setup;
    const settings: Omit<WorkerSettings, "name"> = {
      ...{ log, adminUrl, sink, port, advertise, register },
      agents: this.#agents,
      ...(fault === "no grace" && { graceMs: 0 }),
      ...(slots !== undefined && { slots }),
    };
    return NodeProcess.start(PROGRAM, `worker-${this.#count}`, settings);
  }
}

interface Worker {
  readonly port: number;
  readonly advertise: string;
  process: NodeProcess;
}
