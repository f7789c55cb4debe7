import { fileURLToPath } from "node:url";
import type { AgentNote, HarnessSetup } from "@automatosx/workflow/testing";
import { NodeProcess } from "../harness/NodeProcess.ts";
import type { EngineSettings, StoragePlace } from "./engine-settings.ts";

const PROGRAM = fileURLToPath(new URL("./engine-main.ts", import.meta.url));
const DRAIN_MS = 20_000;
/** More runs at once than any case has. */
const MANY_SLOTS = 200;
/** Short, because many cases wait for another process to claim the runs of one that is gone. */
const LEASE_MS = 5000;

/** The processes with an engine of one case. One that dies is replaced. */
export class EngineNodes {
  readonly #settings: Omit<EngineSettings, "name" | "place">;
  readonly #placeOf: (name: string) => Promise<StoragePlace>;
  #nodes: NodeProcess[] = [];
  #count = 0;
  #isClosed = false;
  #agents: readonly string[];
  readonly #starting = new Set<Promise<unknown>>();

  /** `placeOf` says how a process reaches the storage. */
  constructor(
    setup: HarnessSetup,
    given: Pick<EngineSettings, "log" | "fault">,
    placeOf: (name: string) => Promise<StoragePlace>,
  ) {
    const { slots = MANY_SLOTS, agents = ["*"], agentLimit } = setup;
    Object.assign(process.env, setup.environment);
    this.#agents = agents;
    this.#placeOf = placeOf;
    this.#settings = {
      ...{ ...given, slots, agents, leaseMs: LEASE_MS },
      ...(agentLimit !== undefined && { agentLimit }),
    };
  }

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#startOne()));
  }

  /** The process that performs or last performed an attempt, by the notes of the agents. */
  busy(notes: readonly AgentNote[], runId?: string): NodeProcess {
    const note = notes.findLast(
      (one) => one.what === "started" && (runId === undefined || one.runId === runId),
    );
    const node = this.#nodes.find(({ name }) => name === note?.worker) ?? this.#nodes[0];
    if (node === undefined) throw new Error("no process of an engine is left");
    return node;
  }

  /** Kills a process; another one has taken its place when this settles. */
  async kill(node: NodeProcess): Promise<void> {
    await node.kill();
    await Promise.all(this.#starting);
  }

  /** Kills all of them; nothing takes their place until `start`. Returns how many they were. */
  async killAll(): Promise<number> {
    this.#isClosed = true;
    const count = this.#nodes.length;
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#nodes.map((node) => node.kill()));
    this.#nodes = [];
    this.#isClosed = false;
    return count;
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await this.killAll();
  }

  /** Sends a request to all of them. One that dies meanwhile is ignored. */
  async askAll(verb: string, ...given: readonly unknown[]): Promise<void> {
    await Promise.allSettled(this.#starting);
    await Promise.allSettled(this.#nodes.map((node) => node.ask(verb, ...given)));
  }

  /** Starts others beside the present ones, which then finish what they are doing, and end. */
  async replaceAll(): Promise<void> {
    const old = [...this.#nodes];
    await this.start(old.length);
    this.#nodes = this.#nodes.filter((node) => !old.includes(node));
    await Promise.all(
      old.map(async (node) => {
        await node.ask("drain", DRAIN_MS);
        await node.whenGone();
      }),
    );
  }

  /** From now on, the agent has another id too; the processes are replaced. */
  async serve(agentId: string): Promise<void> {
    this.#agents = [...this.#agents, agentId];
    await this.replaceAll();
  }

  async #startOne(): Promise<void> {
    this.#count += 1;
    const name = `node-${this.#count}`;
    const settings = { ...this.#settings, agents: this.#agents, place: await this.#placeOf(name) };
    const node = await NodeProcess.start(PROGRAM, name, settings, () => this.#replace(name));
    this.#nodes.push(node);
  }

  #replace(name: string): void {
    const index = this.#nodes.findIndex((node) => node.name === name);
    if (index === -1 || this.#isClosed) return;
    this.#nodes.splice(index, 1);
    const starting = this.#startOne();
    this.#starting.add(starting);
    // A process that cannot start says so on stderr, and the case fails for want of it.
    void starting.catch(() => undefined).finally(() => this.#starting.delete(starting));
  }
}
