import { bareTransactionMs } from "../floor.ts";
import { atMost, BUSY, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import { openEngine } from "../workflows.ts";

const GATES = 1000;
const ANSWERS = 25;

/** Independent gates, and a step after them, so that the run never ends by itself. */
const workflow = {
  id: "gates",
  steps: [
    {
      id: "review",
      foreach: Array.from({ length: GATES }, (_, index) => `item-${index}`),
      gate: { ask: "Approve ${{ item }}?", form: { note: "string?" } },
    },
    { id: "last", agentId: "none", task: "work", dependencies: ["review"] },
  ],
};

/** Measures a run with 1,000 open gates: how they open, are listed, and are answered one by one. */
export async function gateRows(folder: string): Promise<Row[]> {
  await using engine = await openEngine(folder, "gates", "full", { none: () => null });
  let runId = "";
  const openMs = await timed(async () => {
    const run = await engine.start(workflow);
    runId = run.id;
    await run.ending;
  });
  const questions = await engine.gates(runId);
  if (questions.length !== GATES) throw new Error(`${questions.length} gates are open.`);
  const [lists, answers, bare]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ANSWERS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 10));
    lists.push(await timed(() => engine.gates(runId)));
    // Not in the order of opening: any of them may be answered first.
    const { stepId } = questions[(round * 37) % GATES] ?? { stepId: "" };
    answers.push(
      await timed(() => engine.answer(runId, stepId, { approved: true }, { resume: false })),
    );
  }
  return [
    atMost("gates-open", openMs, 500, {
      unit: " ms",
      slack: BUSY,
      reason: "Each gate is an item with a row, a path and a question, written in one transaction.",
    }),
    atMost("gates-list", median(lists), 100, {
      unit: " ms",
      slack: BUSY,
      reason: "The journal is read, and every question is rendered.",
    }),
    atMost("gates-answer", median(answers), 20, {
      unit: " ms",
      slack: BUSY,
      diskTook: median(bare),
      note: `${shorten(median(answers) / median(bare))} bare transactions`,
      reason: "The run is paused, so that an answer claims it, folds its journal and releases it.",
    }),
  ];
}
