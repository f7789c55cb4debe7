/** What is asked of every engine that is compared, ours included. */
export interface Peer {
  /** Steps one after the other; the text of each step's result is kept. */
  chain(length: number): Promise<void>;
  /** As many steps as a loop over a single one, where that is another way to write it. */
  loop?(length: number): Promise<void>;
  /** One step, `width` beside each other, one that waits for them all. */
  fan(width: number): Promise<void>;
  /** Runs of a chain, `atOnce` of them side by side. */
  runs(count: number, length: number, atOnce: number): Promise<void>;
  /** Goes on with the chain of an earlier process that was killed. */
  resumeChain(length: number): Promise<void>;
  /** SQLite's own level, 1 NORMAL or 2 FULL, as the connection says; ours does not open at another than it was asked for. */
  readonly synchronous?: number;
  close(): Promise<void>;
}

/** `default`: as it comes. `full` and `process`: the result of a step survives power loss, or the process, before the next one starts. */
export type PeerDurability = "default" | "full" | "process";

interface PeerOptions {
  readonly file: string;
  readonly durability: PeerDurability;
  /** What a step does; its answer is the step's result. */
  readonly work: () => string | Promise<string>;
}

export type OpenPeer = (options: PeerOptions) => Promise<Peer>;
