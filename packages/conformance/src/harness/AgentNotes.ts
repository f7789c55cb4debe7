import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { AgentNote } from "@automatosx/workflow/testing";

/** Reads the notes that the agents of all processes append to one file, each a line of JSON. */
export class AgentNotes {
  readonly #file: number;
  readonly #notes: AgentNote[] = [];
  #offset = 0;
  #rest = "";

  /** The file is created if it does not exist. */
  constructor(path: string) {
    this.#file = openSync(path, "a+");
  }

  /** All notes so far, in the order in which they were written. */
  read(): readonly AgentNote[] {
    const size = fstatSync(this.#file).size;
    const added = Buffer.alloc(size - this.#offset);
    this.#offset += readSync(this.#file, added, 0, added.length, this.#offset);
    const lines = (this.#rest + added.toString("utf8")).split("\n");
    // A line may be read while it is being written.
    this.#rest = lines.pop() ?? "";
    this.#notes.push(...lines.map((line) => JSON.parse(line) as AgentNote));
    return this.#notes;
  }

  close(): void {
    closeSync(this.#file);
  }
}
