// node graph-child.ts DATABASE LOG KILL_AFTER: starts or resumes a graph, and kills itself after
// KILL_AFTER durable writes.
import { appendFileSync } from "node:fs";
import type { RunnableConfig } from "@langchain/core/runnables";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import type { PendingWrite } from "@langchain/langgraph-checkpoint";
import { AxwSaver } from "../../dist/index.js";

const [database = "", log = "", killAfter = "0"] = process.argv.slice(2);
const say = (line: string): void => appendFileSync(log, `${line}\n`);

const saver = AxwSaver.fromPath(database);
let kept = 0;

// Logs each durable write before the graph continues.
function report(what: string): void {
  say(`kept ${what}`);
  kept += 1;
  if (kept === Number(killAfter)) process.kill(process.pid, "SIGKILL");
}

const put = saver.put.bind(saver);
saver.put = async (...args) => {
  const config = await put(...args);
  report("a checkpoint");
  return config;
};
const putWrites = saver.putWrites.bind(saver);
saver.putWrites = async (config: RunnableConfig, writes: PendingWrite[], ...rest) => {
  await putWrites(config, writes, ...rest);
  const result = writes.find(([channel]) => channel === "results")?.[1] as
    | readonly string[]
    | undefined;
  report(result?.[0] ?? "writes");
};

const State = Annotation.Root({
  results: Annotation<string[]>({
    reducer: (before, added) => before.concat(added),
    default: () => [],
  }),
});
const node = (name: string) => () => {
  say(`runs ${name}`);
  return { results: [name] };
};

const graph = new StateGraph(State)
  .addNode("plan", node("plan"))
  .addNode("left", node("left"))
  .addNode("right", node("right"))
  .addNode("join", node("join"))
  .addEdge(START, "plan")
  .addEdge("plan", "left")
  .addEdge("plan", "right")
  .addEdge(["left", "right"], "join")
  .addEdge("join", END)
  .compile({ checkpointer: saver });

const config = { configurable: { thread_id: "t" }, durability: "sync" } as const;
const isBegun = (await saver.getTuple(config)) !== undefined;
const { results } = await graph.invoke(isBegun ? null : { results: [] }, config);
process.stdout.write(JSON.stringify(results));
saver.close();
