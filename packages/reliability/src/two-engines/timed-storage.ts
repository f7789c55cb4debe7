import { openSqliteStorage } from "@automatosx/workflow";

type Storage = ReturnType<typeof openSqliteStorage>;

/** Opens a storage and measures its longest call, including the wait for other writers, in ms. */
export function timedStorage(database: string): {
  readonly storage: Storage;
  readonly longestMs: () => number;
} {
  let longestMs = 0;
  const storage = new Proxy(openSqliteStorage({ path: database }), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const began = performance.now();
        try {
          return member.apply(target, args) as unknown;
        } finally {
          longestMs = Math.max(longestMs, performance.now() - began);
        }
      };
    },
  });
  return { storage, longestMs: () => longestMs };
}
