import type { StoragePort } from "../storage/StoragePort.js";
import { checkpoints } from "./storage-suite-checkpoints.js";
import { claimable } from "./storage-suite-claimable.js";
import { commits, definitions, journal } from "./storage-suite-commit.js";
import {
  type Check,
  definition,
  entry,
  newRun,
  type StorageTraits,
  type TestRunner,
  turn,
  write,
} from "./storage-suite-fixture.js";
import { commands, logs } from "./storage-suite-inbox.js";
import { fencing, leases, processes } from "./storage-suite-leases.js";
import { notices } from "./storage-suite-notices.js";
import { pages } from "./storage-suite-pages.js";
import { replicas } from "./storage-suite-replica.js";
import { cachedResults, forks, laterDefinitions } from "./storage-suite-results.js";
import { artifacts, endedRuns, removal, space } from "./storage-suite-retention.js";
import { attempts, runs } from "./storage-suite-runs.js";
import { telemetry } from "./storage-suite-telemetry.js";

export type { StorageTraits, TestRunner } from "./storage-suite-fixture.js";

/**
 * The tests that every `StoragePort` must pass. `open` returns an empty storage each time;
 * `describe`, `test` and `expect` come from the test runner. `traits` names what the storage does
 * in another way than the SQLite file.
 *
 * @example
 * import { describeStorage } from "@automatosx/workflow/testing";
 * import { describe, expect, test } from "vitest";
 *
 * describeStorage("MyStorage", () => new MyStorage(), { describe, test, expect });
 */
export function describeStorage(
  name: string,
  open: () => StoragePort,
  { describe, test, expect }: TestRunner,
  traits: StorageTraits = {},
): void {
  // Each test starts with a new storage that holds one run, r1, with one journal entry.
  const check: Check = (title, body) => {
    test(title, () => {
      const storage = open();
      try {
        storage.saveWorkflow(definition);
        write(storage, { newRuns: [newRun("r1")], runs: [turn({ entries: [entry(1)] })] });
        body(storage);
      } finally {
        storage.close();
      }
    });
  };
  describe(`${name}: definitions`, () => definitions(check, expect));
  describe(`${name}: commit`, () => commits(check, expect));
  describe(`${name}: the journal`, () => journal(check, expect));
  describe(`${name}: runs`, () => runs(check, expect));
  describe(`${name}: pages of runs`, () => pages(check, expect));
  describe(`${name}: attempts`, () => attempts(check, expect));
  describe(`${name}: later definitions`, () => laterDefinitions(check, expect));
  describe(`${name}: cached results`, () => cachedResults(check, expect));
  describe(`${name}: telemetry`, () => telemetry(check, expect));
  describe(`${name}: notices`, () => notices(check, expect));
  describe(`${name}: forks`, () => forks(check, expect));
  describe(`${name}: checkpoints`, () => checkpoints(check, expect));
  describe(`${name}: leases`, () => leases(check, expect, traits));
  describe(`${name}: processes of agents`, () => processes(check, expect));
  describe(`${name}: fencing`, () => fencing(check, expect));
  describe(`${name}: runs to claim`, () => claimable(check, expect, traits));
  describe(`${name}: copies of runs`, () => replicas(check, expect, traits));
  describe(`${name}: commands`, () => commands(check, expect));
  describe(`${name}: logs`, () => logs(check, expect));
  describe(`${name}: ended runs`, () => endedRuns(check, expect));
  describe(`${name}: removal of runs`, () => removal(check, expect));
  describe(`${name}: unused artifacts`, () => artifacts(check, expect));
  describe(`${name}: size`, () => space(check, expect));
}
