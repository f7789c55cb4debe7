import { fileURLToPath } from "node:url";
import { freePort } from "@automatosx/test-servers/postgres";
import {
  type AgentNote,
  CONFORMANCE_AGENTS,
  type HarnessSetup,
} from "@automatosx/workflow/testing";
import { NodeProcess } from "../harness/NodeProcess.ts";
import { SwallowingProxy } from "../harness/SwallowingProxy.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import type { WorkerSettings } from "./restate-settings.ts";

const PROGRAM = fileURLToPath(new URL("./restate-main.ts", import.meta.url));
const DRAIN_MS = 20_000;
const SHORT_GRACE_MS = 3000;

type Shared = Pick<WorkerSettings, "log" | "adminUrl" | "ingressUrl" | "sink"> & {
  readonly folder: string;
  readonly fault: RestateFault | undefined;
};

/**
 * A fault that is planted: the calls of an attempt may reach another worker than before, or a
 * worker gives up its attempts as soon as it has lost the server.
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
  #isClosed = false;

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
    const killed = this.#busy(notes);
    const { process } = killed;
    await process.kill();
    await killed.restarting;
  }

  /** Stops the worker that performs the attempts of a run; the returned function continues it. */
  freeze(notes: readonly AgentNote[], runId: string): () => Promise<void> {
    const { process } = this.#busy(notes, runId);
    process.signal("SIGSTOP");
    return async () => process.signal("SIGCONT");
  }

  /** Cuts off the worker that performs the attempts of a run; the returned function heals it. */
  partition(notes: readonly AgentNote[], runId: string): () => Promise<void> {
    const { proxy } = this.#busy(notes, runId);
    proxy?.swallow();
    return async () => proxy?.heal();
  }

  /** Asks all workers for something; one that dies meanwhile is passed by. */
  async askAll(verb: string, ...given: readonly unknown[]): Promise<void> {
    await Promise.allSettled(this.#workers.map((worker) => worker.restarting));
    await Promise.allSettled(this.#workers.map(({ process }) => process.ask(verb, ...given)));
  }

  /** Asks the worker that performs or last performed an attempt for something. */
  askBusy<T>(notes: readonly AgentNote[], verb: string): Promise<T> {
    return this.#busy(notes).process.ask(verb);
  }

  /** Kills all workers; the returned function starts them again. */
  async killAll(): Promise<() => Promise<void>> {
    const killed = this.#workers;
    this.#isClosed = true;
    await Promise.all(killed.map((worker) => worker.process.kill()));
    return async () => {
      this.#isClosed = false;
      for (const worker of killed) await this.#restart(worker);
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
    this.#isClosed = true;
    await Promise.allSettled(this.#workers.map((worker) => worker.restarting));
    await Promise.all(this.#workers.map(({ process }) => process.kill()));
    await Promise.all(this.#workers.map(({ proxy }) => proxy?.[Symbol.asyncDispose]()));
    await this.#balancer?.[Symbol.asyncDispose]();
  }

  async #startAll(): Promise<void> {
    const { workers = 1 } = this.#setup;
    const ports = await Promise.all(Array.from({ length: workers }, () => freePort()));
    const [first = 0] = ports;
    const isCut = this.#setup.needs?.includes("partition") === true;
    const proxies = isCut
      ? await Promise.all(ports.map((port) => SwallowingProxy.start({ host: "127.0.0.1", port })))
      : [];
    const seen = ports.map((port, index) => proxies[index]?.port ?? port);
    this.#balancer = workers > 1 ? await this.#balance(seen) : undefined;
    const advertise = this.#balancer?.url ?? `http://127.0.0.1:${first}`;
    for (const [index, port] of [...ports.entries()].toReversed()) {
      // The last to start registers all of them.
      const process = await this.#startProcess(port, advertise, port === first);
      const worker: Worker = { port, advertise, process, proxy: proxies[index] };
      this.#watch(worker);
      this.#workers.push(worker);
    }
    await this.#balancer?.whenComplete();
  }

  #busy(notes: readonly AgentNote[], runId?: string): Worker {
    const note = notes.findLast(
      (one) => one.what === "started" && (runId === undefined || one.runId === runId),
    );
    const worker = this.#workers.find((one) => one.process.name === note?.worker);
    const busy = worker ?? this.#workers[0];
    if (busy === undefined) throw new Error("no worker is left");
    return busy;
  }

  // A worker that dies is started again on its port.
  #watch(worker: Worker): void {
    const { process } = worker;
    void process.whenGone().then(() => {
      if (this.#isClosed || !this.#workers.includes(worker)) return;
      worker.restarting = this.#restart(worker);
      worker.restarting.catch(() => undefined);
    });
  }

  async #restart(worker: Worker): Promise<void> {
    worker.process = await this.#startProcess(worker.port, worker.advertise, false);
    this.#watch(worker);
  }

  #balance(ports: readonly number[]): Promise<Balancer> {
    const { folder, fault } = this.#shared;
    return startBalancer(folder, ports, fault === "affinity off" ? "none" : "invocation");
  }

  #startProcess(port: number, advertise: string, register: boolean): Promise<NodeProcess> {
    this.#count += 1;
    const { log, adminUrl, ingressUrl, sink, fault } = this.#shared;
    const { needs = [], slots } = this.#setup;
    const settings: Omit<WorkerSettings, "name"> = {
      ...{ log, adminUrl, ingressUrl, sink, port, advertise, register },
      agents: this.#agents,
      ...(fault === "no grace" && { graceMs: 0 }),
      // A worker that is away must notice it within the patience of a case.
      ...(needs.some((need) => need === "freeze worker" || need === "partition") && {
        graceMs: SHORT_GRACE_MS,
      }),
      ...(slots !== undefined && { slots }),
    };
    return NodeProcess.start(PROGRAM, `worker-${this.#count}`, settings);
  }
}

interface Worker {
  readonly port: number;
  readonly advertise: string;
  readonly proxy: SwallowingProxy | undefined;
  process: NodeProcess;
  /** Settles when the process that takes the place of a dead one is ready. */
  restarting?: Promise<void>;
}
