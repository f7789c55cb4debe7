import type { Command } from "../../command.js";

/** The result of one check. */
export interface Finding {
  readonly status: "ok" | "warning" | "error" | "missing";
  readonly what: string;
  readonly detail: string;
  readonly remedy?: Remedy;
}

/** The remedy: an instruction, a command, or an instruction that ends with a command. */
export interface Remedy {
  readonly text?: string;
  readonly command?: Command;
}
