import {
  Annotation,
  Command,
  DeltaChannel,
  END,
  interrupt,
  MemorySaver,
  Send,
  START,
  StateGraph,
} from "@langchain/langgraph";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { describe, expect, test } from "vitest";
import { AxwSaver } from "../src/index.js";
import { freshPaths } from "./support/checkpoints.js";

const path = freshPaths("langgraph-graphs");

const append = {
  reducer: (before: string[], added: string[]) => before.concat(added),
  default: (): string[] => [],
};
const State = Annotation.Root({
  log: Annotation<string[]>(append),
  topics: Annotation<string[]>(append),
  approved: Annotation<boolean>,
});
const Inner = Annotation.Root({ log: Annotation<string[]>(append) });

/**
 * A graph with branches, packets, a subgraph, a question to a human, and an error on the first try.
 */
function graphWith(checkpointer: BaseCheckpointSaver) {
  let tries = 0;
  const inner = new StateGraph(Inner)
    .addNode("deep", () => ({ log: ["deep"] }))
    .addEdge(START, "deep")
    .addEdge("deep", END)
    .compile();
  return new StateGraph(State)
    .addNode("plan", () => ({ log: ["plan"], topics: ["a", "b", "c"] }))
    .addNode("study", ({ topics }: { topics: string[] }) => ({ log: [`study ${topics.join()}`] }))
    .addNode("side", () => ({ log: ["side"] }))
    .addNode("inner", inner)
    .addNode("ask", () => ({ approved: interrupt("go on?") === "yes", log: ["asked"] }))
    .addNode("last", () => {
      tries += 1;
      if (tries === 1) throw new Error("first try");
      return { log: ["last"] };
    })
    .addEdge(START, "plan")
    .addConditionalEdges(
      "plan",
      ({ topics }) => ["side", ...topics.map((topic) => new Send("study", { topics: [topic] }))],
      ["side", "study"],
    )
    .addEdge("study", "inner")
    .addEdge("side", "inner")
    .addEdge("inner", "ask")
    .addEdge("ask", "last")
    .addEdge("last", END)
    .compile({ checkpointer });
}

/** Everything that a user sees of a thread, without ids and times. */
async function storyOf(saver: BaseCheckpointSaver): Promise<unknown> {
  const graph = graphWith(saver);
  const config = { configurable: { thread_id: "story" }, durability: "sync" } as const;
  const states = async (): Promise<unknown> =>
    (await Array.fromAsync(graph.getStateHistory(config))).map(
      ({ values, next, metadata, tasks }) => ({
        values,
        next,
        metadata,
        tasks: tasks.map(({ name, error, interrupts, path: taskPath }) => ({
          name,
          error,
          questions: interrupts.map(({ value }) => value),
          taskPath,
        })),
      }),
    );
  const asked = await graph.invoke({ log: ["begin"] }, config);
  const atQuestion = await states();
  const failed = await graph
    .invoke(new Command({ resume: "yes" }), config)
    .catch((error: unknown) => String(error));
  const atError = await states();
  const done = await graph.invoke(null, config);
  const [, older] = await Array.fromAsync(graph.getStateHistory(config));
  const forked = await graph.updateState(older?.config ?? config, { log: ["edited"] }, "ask");
  const other = await graph.invoke(null, forked);
  const again = await graph
    .invoke({ log: ["second input"] }, config)
    .catch((error: unknown) => String(error));
  const withoutIds = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, inner) => (key === "id" ? "" : inner)));
  return withoutIds({
    asked,
    atQuestion,
    failed,
    atError,
    done,
    other,
    again,
    end: await states(),
  });
}

describe("a graph with branches, packets, a question, an error and a fork", () => {
  test("behaves the same in the database as in memory", async () => {
    using saver = AxwSaver.fromPath(path());
    const [ours, theirs] = [await storyOf(saver), await storyOf(new MemorySaver())];
    expect(ours).toEqual(theirs);
    const story = JSON.stringify(theirs);
    expect(
      ["go on?", "first try", "edited", "second input", "deep"].filter(
        (part) => !story.includes(part),
      ),
    ).toEqual([]);
  });
});

/**
 * Ten turns of a channel stored as its writes, with an occasional whole value, and then a fork.
 */
async function deltaStoryOf(saver: BaseCheckpointSaver): Promise<unknown> {
  const log = (): DeltaChannel<string[], string[]> =>
    new DeltaChannel((before: string[], added: string[][]) => before.concat(...added), {
      snapshotFrequency: 4,
      initialValueFactory: () => [],
    });
  const graph = new StateGraph(Annotation.Root({ log, turn: Annotation<number> }))
    .addNode("left", ({ turn }) => ({ log: [`left ${turn}`] }))
    .addNode("right", ({ turn }) => ({ log: [`right ${turn}`] }))
    .addEdge(START, "left")
    .addEdge(START, "right")
    .addEdge("left", END)
    .addEdge("right", END)
    .compile({ checkpointer: saver });
  const config = { configurable: { thread_id: "delta" }, durability: "sync" } as const;
  const ends: unknown[] = [];
  for (let turn = 0; turn < 10; turn += 1)
    ends.push(await graph.invoke({ turn, log: [`turn ${turn}`] }, config));
  const history = await Array.fromAsync(graph.getStateHistory(config));
  const middle = history[15];
  const other = await graph.invoke({ turn: 99, log: ["other"] }, { ...config, ...middle?.config });
  return { ends, states: history.map(({ values }) => values as unknown), other };
}

describe("a graph with a channel that is stored as differences", () => {
  test("behaves the same in the database as in memory", async () => {
    using saver = AxwSaver.fromPath(path());
    const [ours, theirs] = [await deltaStoryOf(saver), await deltaStoryOf(new MemorySaver())];
    expect(ours).toEqual(theirs);
    expect(JSON.stringify(theirs)).toContain("right 99");
  });
});
