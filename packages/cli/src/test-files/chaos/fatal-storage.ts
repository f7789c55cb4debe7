import type { StoragePort } from "@automatosx/workflow";
import type { Ledger } from "./Ledger.js";

/** Where a process is killed: next to a commit of journal entries, counted from 1. */
export interface KillPoint {
  readonly commit: number;
  /** `before`: the commit is lost. `after`: it is stored, and nothing has followed from it. */
  readonly moment: "before" | "after";
}

/**
 * Returns a storage that records each commit of journal entries, and that kills this process at one
 * of them. `now`: the time on the run's clock.
 */
export function fatalStorage(
  real: StoragePort,
  { ledger, now, kill }: { ledger: Ledger; now: () => number; kill: KillPoint | undefined },
): StoragePort {
  let number = 0;
  const dieAt = (moment: KillPoint["moment"]): void => {
    if (kill?.commit === number && kill.moment === moment) die();
  };
  const commit: StoragePort["commit"] = (given) => {
    const entries = given.runs.flatMap((run) => run.entries);
    if (entries.length === 0 && given.newRuns.length === 0) return real.commit(given);
    number += 1;
    const names = entries.map(({ type, stepId }) =>
      stepId === undefined ? type : `${type} ${stepId}`,
    );
    ledger.add({ kind: "commit", number, entries: names, at: now() });
    dieAt("before");
    real.commit(given);
    dieAt("after");
  };
  return new Proxy(real, {
    get(target, name) {
      if (name === "commit") return commit;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** Ends this process as a crash does: nothing is written or released. */
function die(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal may be delivered to another thread first.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}
