import type { Line } from "./Line.js";

/** A server that does not exist. */
const AWAY = "postgres://axw@127.0.0.1:1/runs";
const CHECK = `axw backend check --backend ${AWAY}`;

/** The lines about backends, in a folder with a completed run. */
export const BACKENDS: readonly Line[] = [
  { action: "list_runs", state: "checked", typed: ["backend", "check"], prints: "axw list" },
  {
    ...{ action: "check_backend", state: "unusable", exits: 5 },
    typed: ["backup", "copy.db", "--backend", AWAY],
    prints: CHECK,
  },
  {
    ...{ action: "check_backend_again", state: "unusable", exits: 5 },
    typed: ["backend", "check", "--backend", AWAY],
    prints: CHECK,
  },
  {
    ...{ action: "check_backend", state: "unserved", exits: 5 },
    typed: ["run", "flow.yaml", "--agents", "simulated", "--backend", AWAY],
    prints: CHECK,
  },
];
