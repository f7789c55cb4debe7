import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import type { OpenPeer, Peer, PeerOptions } from "./peer.ts";

const THREAD = { configurable: { thread_id: "1" } };

/** A graph of N nodes needs slightly more than N supersteps; the default limit is 25. */
const MORE_STEPS = 10;

/** Whether a checkpoint is awaited before the next step or written in the background. */
type Awaiting = { readonly durability?: "sync" };

/** The saver and the options that every graph uses. */
interface Bench {
  readonly saver: SqliteSaver;
  readonly work: PeerOptions["work"];
  readonly awaiting: Awaiting;
}

/**
 * A chain keeps only its last value: the cheapest state for this engine. A fan-out is a map with
 * `Send`, as in LangGraph's documentation. With `full` and `process` each checkpoint is awaited
 * before the next step (`durability: "sync"`).
 */
export const openLangGraph: OpenPeer = async ({ file, durability, work }) => {
  const saver = SqliteSaver.fromConnString(file);
  // The first use creates the tables. A `synchronous` level set before the first write is lost.
  await saver.getTuple(THREAD);
  if (durability === "full") saver.db.pragma("synchronous = FULL");
  const awaiting: Awaiting = durability === "default" ? {} : { durability: "sync" };
  const bench: Bench = { saver, work, awaiting };
  return {
    synchronous: saver.db.pragma("synchronous", { simple: true }) as number,
    ...chainJobs(bench),
    loop: (length) => runLoop(bench, length),
    fan: (width) => runFan(bench, width),
    close: () => {
      saver.db.close();
      return Promise.resolve();
    },
  };
};

function chainJobs({ saver, work, awaiting }: Bench): Pick<Peer, "chain" | "runs" | "resumeChain"> {
  const compile = (length: number) => {
    const state = Annotation.Root({ value: Annotation<string> });
    const graph = new StateGraph(state);
    const names = Array.from({ length }, (_, index) => `s${index}`);
    const nodes = names.map((name) => [name, async () => ({ value: await work() })] as const);
    const withNodes = graph.addNode(Object.fromEntries(nodes));
    withNodes.addEdge(START, names[0] ?? "");
    names.forEach((name, index) => withNodes.addEdge(name, names[index + 1] ?? END));
    return withNodes.compile({ checkpointer: saver });
  };
  const invoke = async (length: number, input: { value: string } | null): Promise<void> => {
    const recursionLimit = length + MORE_STEPS;
    await compile(length).invoke(input, { ...THREAD, ...awaiting, recursionLimit });
  };
  return {
    chain: (length) => invoke(length, { value: "" }),
    resumeChain: (length) => invoke(length, null),
    runs: async (count, length, atOnce) => {
      const graph = compile(length);
      let left = count;
      const worker = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const thread = { configurable: { thread_id: `run-${left}` } };
          await graph.invoke({ value: "" }, { ...thread, ...awaiting });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    },
  };
}

async function runLoop({ saver, work, awaiting }: Bench, length: number): Promise<void> {
  const state = Annotation.Root({ value: Annotation<string>, left: Annotation<number> });
  const graph = new StateGraph(state)
    .addNode("each", async ({ left }) => ({ value: await work(), left: left - 1 }))
    .addEdge(START, "each")
    .addConditionalEdges("each", ({ left }) => (left > 0 ? "each" : END), ["each", END])
    .compile({ checkpointer: saver });
  await graph.invoke(
    { value: "", left: length },
    { ...THREAD, ...awaiting, recursionLimit: length + MORE_STEPS },
  );
}

async function runFan({ saver, work, awaiting }: Bench, width: number): Promise<void> {
  const state = Annotation.Root({
    values: Annotation<string[]>({
      reducer: (left, right) => [...left, ...right],
      default: () => [],
    }),
  });
  const each = async (): Promise<{ values: string[] }> => ({ values: [await work()] });
  const sends = () => Array.from({ length: width }, (_, index) => new Send("each", { index }));
  const graph = new StateGraph(state)
    .addNode("first", each)
    .addNode("each", each)
    .addNode("last", each)
    .addEdge(START, "first")
    .addConditionalEdges("first", sends, ["each"])
    .addEdge("each", "last")
    .addEdge("last", END)
    .compile({ checkpointer: saver });
  await graph.invoke({ values: [] }, { ...THREAD, ...awaiting });
}
