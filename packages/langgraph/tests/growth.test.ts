import { SqliteTables } from "@automatosx/workflow/sqlite";
import { describe, expect, test } from "vitest";
import { AxwSaver } from "../src/index.js";
import { freshPaths, put, thread, valuesAt } from "./support/checkpoints.js";

const path = freshPaths("langgraph-growth");

/** A message of about 200 bytes, different for each turn. */
const message = (turn: number): { id: string; text: string } => ({
  id: `m${turn}`,
  text: `${turn} `.repeat(40),
});

interface Stored {
  readonly values: number;
  readonly bytes: number;
  readonly depth: number;
}

function storedIn(file: string): Stored | undefined {
  const tables = SqliteTables.open({ path: file, owner: "test", name: "growth", migrations: [] });
  try {
    const sql = `SELECT count(*) AS 'values', sum(length(content)) AS bytes, max(depth) AS depth
      FROM workflow_langgraph_values`;
    return tables.prepare<[], Stored>(sql).get();
  } finally {
    tables.close();
  }
}

describe("a conversation of 300 turns", () => {
  test("is stored as differences from which every state can be restored", async () => {
    const saver = AxwSaver.open({ database: path(), durability: "process" });
    const large = "x".repeat(20_000);
    const messages: unknown[] = [];
    const configs = [];
    let config = thread("t");
    for (let turn = 0; turn < 300; turn += 1) {
      messages.push(message(turn));
      const values = { messages: [...messages], large, turn };
      const changed =
        turn === 0 ? { messages: 1, large: 1, turn: 1 } : { messages: turn + 1, turn: turn + 1 };
      config = await put(
        saver,
        config,
        values,
        { messages: turn + 1, large: 1, turn: turn + 1 },
        changed,
      );
      configs.push(config);
    }
    for (const turn of [0, 1, 47, 48, 49, 150, 299]) {
      expect(await valuesAt(saver, configs[turn] ?? {})).toEqual({
        messages: messages.slice(0, turn + 1),
        large,
        turn,
      });
    }
    saver.close();
    const last = JSON.stringify(messages).length;
    const everyState = messages.reduce(
      (sum: number, _, at) => sum + JSON.stringify(messages.slice(0, at + 1)).length,
      0,
    );
    const stored = storedIn(path());
    expect(stored?.values).toBe(601);
    expect(stored?.depth).toBe(48);
    // Seven whole states and the differences between them: far less than one whole state per turn.
    expect(stored?.bytes).toBeLessThan(large.length + 6 * last);
    expect(everyState).toBeGreaterThan(100 * last);
  });

  test("can contain edits in the middle of a list and values of other types", async () => {
    using saver = AxwSaver.fromPath(path());
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
    const states: unknown[] = [
      lines,
      lines.with(50, "changed"),
      lines.slice(1),
      lines.toReversed(),
      Buffer.from("x".repeat(400)),
      "x".repeat(400),
      null,
      undefined,
    ];
    let config = thread("t");
    for (const [at, state] of states.entries()) {
      config = await put(saver, config, { state }, { state: at + 1 });
      expect(await valuesAt(saver, config)).toEqual({ state });
    }
  });
});
