import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import type { OpenPeer } from "./peer.ts";

const THREAD = { configurable: { thread_id: "1" } };

/** A graph of a thousand nodes asks for more than the 25 supersteps that are allowed unasked. */
const MORE_STEPS = 10;

/**
 * A chain keeps its last value alone: the state that is cheapest for this engine. A fan-out is a map with `Send`, as its
 * documentation has it. With `full` and `process` the checkpoint is awaited before the next step (`durability: "sync"`).
 */
export const openLangGraph: OpenPeer = async ({ file, durability, work }) => {
  const saver = SqliteSaver.fromConnString(file);
  // It makes its tables at the first use; a level that is set before is lost with the driver's first touch of a log.
  await saver.getTuple(THREAD);
  if (durability === "full") saver.db.pragma("synchronous = FULL");
  const options = durability === "default" ? {} : ({ durability: "sync" } as const);
  const compileChain = (length: number) => {
    const state = Annotation.Root({ value: Annotation<string> });
    const graph = new StateGraph(state);
    const names = Array.from({ length }, (_, index) => `s${index}`);
    const nodes = names.map((name) => [name, async () => ({ value: await work() })] as const);
    const withNodes = graph.addNode(Object.fromEntries(nodes));
    withNodes.addEdge(START, names[0] ?? "");
    names.forEach((name, index) => withNodes.addEdge(name, names[index + 1] ?? END));
    return withNodes.compile({ checkpointer: saver });
  };
  return {
    synchronous: saver.db.pragma("synchronous", { simple: true }) as number,
    chain: async (length) => {
      await compileChain(length).invoke(
        { value: "" },
        { ...THREAD, ...options, recursionLimit: length + MORE_STEPS },
      );
    },
    loop: async (length) => {
      const state = Annotation.Root({ value: Annotation<string>, left: Annotation<number> });
      const graph = new StateGraph(state)
        .addNode("each", async ({ left }) => ({ value: await work(), left: left - 1 }))
        .addEdge(START, "each")
        .addConditionalEdges("each", ({ left }) => (left > 0 ? "each" : END), ["each", END])
        .compile({ checkpointer: saver });
      await graph.invoke(
        { value: "", left: length },
        { ...THREAD, ...options, recursionLimit: length + MORE_STEPS },
      );
    },
    fan: async (width) => {
      const state = Annotation.Root({
        values: Annotation<string[]>({
          reducer: (left, right) => [...left, ...right],
          default: () => [],
        }),
      });
      const each = async (): Promise<{ values: string[] }> => ({ values: [await work()] });
      const graph = new StateGraph(state)
        .addNode("first", each)
        .addNode("each", each)
        .addNode("last", each)
        .addEdge(START, "first")
        .addConditionalEdges(
          "first",
          () => Array.from({ length: width }, (_, index) => new Send("each", { index })),
          ["each"],
        )
        .addEdge("each", "last")
        .addEdge("last", END)
        .compile({ checkpointer: saver });
      await graph.invoke({ values: [] }, { ...THREAD, ...options });
    },
    runs: async (count, length, atOnce) => {
      const graph = compileChain(length);
      let left = count;
      const worker = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          await graph.invoke(
            { value: "" },
            { configurable: { thread_id: `run-${left}` }, ...options },
          );
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    },
    resumeChain: async (length) => {
      await compileChain(length).invoke(null, {
        ...THREAD,
        ...options,
        recursionLimit: length + MORE_STEPS,
      });
    },
    close: () => {
      saver.db.close();
      return Promise.resolve();
    },
  };
};
