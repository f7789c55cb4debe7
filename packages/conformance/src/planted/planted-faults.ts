import type { MakeHarness } from "@automatosx/workflow/testing";
import { postgresHarness } from "../postgres-harness.ts";
import { restateHarness } from "../restate-harness.ts";
import { sqliteHarness } from "../sqlite-harness.ts";

/** A fault, and the case that finds it. */
export interface PlantedFault {
  readonly name: string;
  /** The backend in which it is planted, and the name of a case. */
  readonly backend: "sqlite" | "postgres" | "restate";
  readonly caseName: string;
  /** A part of the message with which the case fails. */
  readonly finds: string;
  readonly makeHarness: MakeHarness;
}

/** Every planted fault. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    ...{ name: "guard off", backend: "sqlite", caseName: "uneven" },
    finds: "no attempt is started twice",
    makeHarness: (setup) => sqliteHarness(setup, "guard off"),
  },
  {
    ...{ name: "changed row", backend: "sqlite", caseName: "failed-resume" },
    finds: "a replay gives row",
    makeHarness: (setup) => sqliteHarness(setup, "changed row"),
  },
  {
    ...{ name: "clock backwards", backend: "sqlite", caseName: "conditions-and-joins" },
    finds: "no row is older than the one before",
    makeHarness: (setup) => sqliteHarness(setup, "clock backwards"),
  },
  {
    ...{ name: "thenable result", backend: "sqlite", caseName: "result-kinds" },
    finds: "Expected values to be strictly deep-equal",
    makeHarness: (setup) => sqliteHarness(setup, "thenable result"),
  },
  {
    ...{ name: "renewals ignored", backend: "sqlite", caseName: "worker-frozen" },
    finds: 'an agent notes "stopped" of away#1',
    makeHarness: (setup) => sqliteHarness(setup, "renewals ignored"),
  },
  {
    ...{ name: "limit off", backend: "postgres", caseName: "global-agent-limit" },
    finds: "attempts at once",
    makeHarness: (setup) => postgresHarness(setup, "limit off"),
  },
  {
    ...{ name: "renewals ignored", backend: "postgres", caseName: "worker-silent" },
    finds: "no attempt is repeated before its agent has ended",
    makeHarness: (setup) => postgresHarness(setup, "renewals ignored"),
  },
  {
    ...{ name: "affinity off", backend: "restate", caseName: "server-killed" },
    finds: "no attempt in flight is repeated",
    makeHarness: (setup) => restateHarness({ ...setup, workers: 2 }, "affinity off"),
  },
  {
    ...{ name: "no grace", backend: "restate", caseName: "server-killed" },
    finds: "no attempt in flight is repeated",
    makeHarness: (setup) => restateHarness(setup, "no grace"),
  },
];
