import { describe, expect, test } from "vitest";
import { TextTail } from "../../src/drive/TextTail.js";

const piece = (text: string, stream = "stdout", at = 0) => ({ text, stream, at });

describe("TextTail", () => {
  test("keeps the last characters and counts the others", () => {
    const tail = new TextTail(10);
    for (const text of ["one ", "two ", "three ", "four"]) tail.add(piece(text));
    expect([tail.text, tail.droppedLength]).toEqual(["three four", 8]);
  });

  test("keeps the end of a piece that is longer than the whole tail", () => {
    const tail = new TextTail(4);
    tail.add(piece("first"));
    tail.add(piece("0123456789"));
    expect([tail.text, tail.droppedLength]).toEqual(["6789", 11]);
  });

  test("keeps the order of the streams, and joins short pieces of one stream", () => {
    const tail = new TextTail(100);
    tail.add(piece("a"));
    tail.add(piece("b"));
    tail.add(piece("c", "stderr"));
    tail.add(piece("d", "stdout", 2_000));
    tail.add(piece("e", "stdout", 4_000));
    expect(tail.pieces).toEqual([
      piece("ab"),
      piece("c", "stderr"),
      piece("d", "stdout", 2_000),
      piece("e", "stdout", 4_000),
    ]);
  });

  test("does not begin with half a character", () => {
    const tail = new TextTail(3);
    tail.add(piece("\u{1f600}\u{1f600}"));
    expect([tail.text, tail.droppedLength]).toEqual(["\u{1f600}", 2]);
    tail.add(piece("ab"));
    expect([tail.text, tail.droppedLength]).toEqual(["ab", 4]);
  });

  test("takes time linear in the number of pieces", () => {
    const tail = new TextTail(1_000_000);
    for (let count = 0; count < 3_000_000; count += 1) tail.add(piece("a line of output\n"));
    expect([tail.text.length, tail.droppedLength]).toEqual([1_000_000, 50_000_000]);
  }, 20_000);
});
