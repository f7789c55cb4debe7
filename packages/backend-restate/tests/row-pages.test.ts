import type { JournalEntry } from "@automatosx/schemas";
import { expect, test } from "vitest";
import { RowPages, readParts, readTail } from "../src/decide/row-pages.js";
import type { RowPart, RunRow } from "../src/wire.js";
import { StoredObject } from "./support/stored-object.js";

const LIMITS = { parts: 1000, chars: 1_000_000 };

const row = { runId: "run" } as RunRow;

// Turns of one to three entries.
function turns(count: number): readonly RowPart[] {
  let seq = 0;
  return Array.from({ length: count }, (_, turn) => {
    const afterSeq = seq;
    const entries = Array.from({ length: 1 + (turn % 3) }, () => {
      seq += 1;
      return { seq, payload: "x".repeat(50 * (turn % 7)) } as JournalEntry;
    });
    return { afterSeq, entries };
  });
}

function write(object: StoredObject, parts: readonly RowPart[]): void {
  const pages = new RowPages(object.context(), null);
  for (const part of parts) pages.write(part, row);
}

async function seqsAfter(
  object: StoredObject,
  afterSeq: number,
  { limits = LIMITS, beforeKeys = () => {} } = {},
): Promise<readonly number[]> {
  const ctx = object.context(beforeKeys);
  const seqs: number[] = [];
  for (let last = afterSeq; ; ) {
    const { parts, hasMore } = await readParts(ctx, await readTail(ctx), last, limits);
    for (const { entries } of parts) for (const { seq } of entries) if (seq > last) seqs.push(seq);
    last = seqs.at(-1) ?? last;
    if (!hasMore) return seqs;
  }
}

const between = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

test("the rows of a short run are one value", () => {
  const object = new StoredObject();
  write(object, turns(10));
  expect([...object.state.keys()]).toEqual(["tail"]);
});

test("rows are read without a gap from any entry on", async () => {
  const object = new StoredObject();
  write(object, turns(300));
  expect(object.state.size).toBeGreaterThan(10);
  for (let afterSeq = 0; afterSeq < 600; afterSeq += 1)
    expect(await seqsAfter(object, afterSeq)).toEqual(between(afterSeq + 1, 600));
});

test("rows that do not fit into one answer follow in the next ones", async () => {
  const object = new StoredObject();
  write(object, turns(3000));
  const seqs = await seqsAfter(object, 0, { limits: { parts: 100, chars: 10_000 } });
  expect(seqs).toEqual(between(1, 6000));
});

test("a page that is completed while it is read is read once", async () => {
  const object = new StoredObject();
  const all = turns(300);
  write(object, all.slice(0, 200));
  const written = all.slice(0, 200).at(-1)?.entries.at(-1)?.seq ?? 0;
  const seqs = await seqsAfter(object, 3, { beforeKeys: () => write(object, all) });
  expect(seqs).toEqual(between(4, written));
});

test("a later segment continues the newest page", async () => {
  const object = new StoredObject();
  const all = turns(300);
  for (const part of all) {
    const ctx = object.context();
    new RowPages(ctx, await readTail(ctx)).write(part, row);
  }
  const atOnce = new StoredObject();
  write(atOnce, all);
  expect(object.state).toEqual(atOnce.state);
  expect(await seqsAfter(object, 0)).toEqual(between(1, 600));
});
