import type { restate } from "../../src/services/sdk.js";

/** A virtual object without a server: what it has stored, and what its handlers have sent. */
export class StoredObject {
  readonly state = new Map<string, unknown>();
  /** The calls that were sent, by handler. */
  readonly sent: { readonly handler: string; readonly message: unknown }[] = [];
  /** What awakeables were given. */
  readonly given: { readonly id: string; readonly value: unknown }[] = [];

  #ids = 0;

  /** What handlers are called with. `beforeKeys` is called before a reader gets the keys. */
  context(beforeKeys: () => void = () => undefined): restate.ObjectContext {
    const { state, sent, given } = this;
    const made: Partial<restate.ObjectContext> = {
      key: "run",
      get: (async (name: string) =>
        copied(state.get(name) ?? null)) as restate.ObjectContext["get"],
      stateKeys: async () => {
        beforeKeys();
        return [...state.keys()];
      },
      set: (name: string, value: unknown) => void state.set(name, copied(value)),
      clear: (name: string) => void state.delete(name),
      rand: { uuidv4: () => `id-${++this.#ids}` } as restate.ObjectContext["rand"],
      resolveAwakeable: (id: string, value?: unknown) => void given.push({ id, value }),
      objectSendClient: (() =>
        new Proxy(
          {},
          { get: (_, handler: string) => (message: unknown) => sent.push({ handler, message }) },
        )) as unknown as restate.ObjectContext["objectSendClient"],
    };
    return made as restate.ObjectContext;
  }
}

function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
