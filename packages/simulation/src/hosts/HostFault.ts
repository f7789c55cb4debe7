/** A planned fault of a world of hosts. `at` is an instant in ms after the beginning of the world. */
export type HostFault = { readonly at: number } & (
  | {
      /** Nothing passes between the host and the database. */
      readonly kind: "partition";
      readonly host: number;
      readonly forMs: number;
    }
  | {
      /** Requests and answers take longer. */
      readonly kind: "slow";
      readonly host: number;
      readonly forMs: number;
      readonly delayMs: number;
    }
  | {
      /** The next requests are applied, but their answers are lost. */
      readonly kind: "lost-answers";
      readonly host: number;
      readonly count: number;
    }
  | {
      /** The next requests reach the database only after the host has given up on them. */
      readonly kind: "late-requests";
      readonly host: number;
      readonly count: number;
      readonly delayMs: number;
    }
  | {
      /** The server of the database is away; all connections break. */
      readonly kind: "restart";
      readonly forMs: number;
    }
  | { readonly kind: "freeze"; readonly host: number; readonly forMs: number }
  | { readonly kind: "kill"; readonly host: number; readonly awayMs: number }
  | { readonly kind: "drain"; readonly host: number; readonly awayMs: number }
  | {
      /** The wall clock of the host is set forward. */
      readonly kind: "jump";
      readonly host: number;
      readonly byMs: number;
    }
);

/** A fault as one line of a report. */
export function describeHostFault(fault: HostFault): string {
  const when = `at ${fault.at} ms`;
  if (fault.kind === "restart") return `${when}: the database is away for ${fault.forMs} ms`;
  const who = `host ${fault.host + 1}`;
  switch (fault.kind) {
    case "partition":
      return `${when}: ${who} cannot reach the database for ${fault.forMs} ms`;
    case "slow":
      return `${when}: the network of ${who} takes ${fault.delayMs} ms for ${fault.forMs} ms`;
    case "lost-answers":
      return `${when}: ${who} loses the answers to ${fault.count} requests`;
    case "late-requests":
      return `${when}: ${fault.count} requests of ${who} arrive ${fault.delayMs} ms late`;
    case "freeze":
      return `${when}: ${who} freezes for ${fault.forMs} ms`;
    case "kill":
      return `${when}: ${who} dies and is back after ${fault.awayMs} ms`;
    case "drain":
      return `${when}: ${who} is drained and replaced after ${fault.awayMs} ms`;
    case "jump":
      return `${when}: the clock of ${who} jumps by ${fault.byMs} ms`;
  }
}

/** When the effect of a fault on the world has ended, in ms after the beginning. */
export function endOf(fault: HostFault): number {
  switch (fault.kind) {
    case "partition":
    case "slow":
    case "restart":
    case "freeze":
      return fault.at + fault.forMs;
    case "late-requests":
      return fault.at + fault.delayMs;
    case "kill":
    case "drain":
      return fault.at + fault.awayMs;
    default:
      return fault.at;
  }
}
