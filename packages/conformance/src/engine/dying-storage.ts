import type { StoragePort } from "@automatosx/workflow";

type Commit = Parameters<StoragePort["commit"]>[0];

/**
 * A storage with which this process dies, like from `kill -9`, as soon as it has stored a chosen
 * entry of any run.
 */
export function dyingStorage<T extends StoragePort>(
  storage: T,
): { readonly storage: T; readonly dieAt: (seq: number) => void } {
  let fatalSeq: number | undefined;
  const dieOf = ({ runs }: Commit): void => {
    const seqs = runs.flatMap(({ entries }) => entries.map(({ seq }) => seq));
    if (fatalSeq !== undefined && seqs.includes(fatalSeq)) process.kill(process.pid, "SIGKILL");
  };
  const { asynchronous } = storage;
  const replaced: Partial<StoragePort> = {
    commit: (commit) => {
      storage.commit(commit);
      dieOf(commit);
    },
    ...(asynchronous !== undefined && {
      asynchronous: new Proxy(asynchronous, {
        get: (target, name) =>
          name === "commit"
            ? async (commit: Commit) => {
                await target.commit(commit);
                dieOf(commit);
              }
            : boundMember(target, name),
      }),
    }),
  };
  const dying = new Proxy(storage, {
    get: (target, name) =>
      Object.hasOwn(replaced, name) ? replaced[name as never] : boundMember(target, name),
  });
  return {
    storage: dying,
    dieAt: (seq) => {
      fatalSeq = seq;
    },
  };
}

// The members of a storage may use private fields.
function boundMember(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target);
  return typeof member === "function" ? (member.bind(target) as unknown) : member;
}
