import type { StoragePort } from "@automatosx/workflow";
import { replacing } from "../harness/replacing.ts";

type Entries = Pick<Parameters<StoragePort["commit"]>[0]["runs"][number], "entries">;

/**
 * A storage with which this process dies, like from `kill -9`, as soon as it has stored a chosen
 * entry of any run.
 */
export function dyingStorage(storage: StoragePort): {
  readonly storage: StoragePort;
  readonly dieAt: (seq: number) => void;
} {
  let fatalSeq: number | undefined;
  const dieOf = (runs: readonly Entries[]): void => {
    const seqs = runs.flatMap(({ entries }) => entries.map(({ seq }) => seq));
    if (fatalSeq !== undefined && seqs.includes(fatalSeq)) process.kill(process.pid, "SIGKILL");
  };
  const { asynchronous } = storage;
  const dying = replacing(storage, {
    commit: (commit) => {
      storage.commit(commit);
      dieOf(commit.runs);
    },
    replicate: (part) => {
      const end = storage.replicate(part);
      dieOf([part]);
      return end;
    },
    ...(asynchronous !== undefined && {
      asynchronous: replacing(asynchronous, {
        commit: async (commit) => {
          await asynchronous.commit(commit);
          dieOf(commit.runs);
        },
      }),
    }),
  });
  return {
    storage: dying,
    dieAt: (seq) => {
      fatalSeq = seq;
    },
  };
}
