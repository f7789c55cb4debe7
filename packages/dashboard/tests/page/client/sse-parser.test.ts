import { describe, expect, test } from "vitest";
import { SseParser } from "../../../src/page/client/sse-parser.ts";

const STREAM =
  '\uFEFF: hello\n\nevent: entries\nid: 12\ndata: {"a":\ndata: 1}\n\n' +
  "data:no space\r\n\r\nevent: ping\rdata\r\rid: 13\n\nevent: dropped\n\ndata: é\n\n";

const EVENTS = [
  { id: "12", name: "entries", data: '{"a":\n1}' },
  { id: "12", name: "message", data: "no space" },
  { id: "12", name: "ping", data: "" },
  { id: "13", name: "message", data: "é" },
];

describe("SseParser.add", () => {
  test("reads names, ids, several lines of data, and every kind of line break", () => {
    expect(new SseParser().add(STREAM.slice(1))).toEqual(EVENTS);
  });

  test("gives the same events wherever the text is divided", () => {
    const text = STREAM.slice(1);
    for (let at = 0; at <= text.length; at += 1) {
      const parser = new SseParser();
      expect([...parser.add(text.slice(0, at)), ...parser.add(text.slice(at))]).toEqual(EVENTS);
    }
    const parser = new SseParser();
    expect([...text].flatMap((character) => parser.add(character))).toEqual(EVENTS);
  });

  test("returns nothing for an event that has not ended", () => {
    expect(new SseParser().add("data: 1\n")).toEqual([]);
  });
});
