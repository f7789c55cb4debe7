import { describe, expect, test } from "vitest";
import {
  addEntry,
  addItem,
  applyEdits,
  compatibleFixes,
  IssueList,
  quoteScalar,
  readJson,
  readYaml,
  renameKey,
  replaceInScalar,
  SourceText,
  SourceTree,
  valueOf,
} from "../src/index.js";

function placeIn(text: string) {
  const source = new SourceText(text);
  const root = text.startsWith('{"')
    ? readJson(new IssueList(source))
    : readYaml(new IssueList(source));
  if (!root) throw new Error("the text is not valid");
  return { source, tree: new SourceTree(() => root), value: valueOf(root) };
}

/** The text with an entry added to `list`. */
function withItem(text: string): string | undefined {
  const place = placeIn(text);
  const edit = addItem(place, ["list"], "new");
  return edit && applyEdits(text, [edit]);
}

/** The text with a key added below `id`. */
function withEntry(text: string, path: readonly (string | number)[] = ["map"]): string | undefined {
  const edit = addEntry(placeIn(text), path, "id", { key: "new", written: "[x]" });
  return edit && applyEdits(text, [edit]);
}

describe("addItem", () => {
  test.each([
    ["an empty flow list", "list: []", "list: [new]"],
    ["a flow list", "list: [a, b ] # note", "list: [a, b, new ] # note"],
    ["a flow list that ends with a map", "list: [a, { b: c }]", "list: [new, a, { b: c }]"],
    ["a block list", "list:\n  - a\n  - b\nend: 1\n", "list:\n  - a\n  - b\n  - new\nend: 1\n"],
    [
      "a block list with a comment",
      "list:\n- a # note\nend: 1",
      "list:\n- a # note\n- new\nend: 1",
    ],
    ["a list at the end of the text", "list:\n  - a", "list:\n  - a\n  - new"],
    [
      "lines that end with a carriage return",
      "list:\r\n  - a\r\n",
      "list:\r\n  - a\r\n  - new\r\n",
    ],
  ])("extends %s", (_, text, expected) => {
    expect(withItem(text)).toBe(expected);
  });

  test.each([
    ["a text", "list: a"],
    ["nothing", "other: a"],
    ["an alias, whose list may have another use", "x: &x [a]\nlist: *x"],
    ["a list that ends with a block of text", "list:\n  - |\n    a\n"],
  ])("does not extend %s", (_, text) => {
    expect(withItem(text)).toBeUndefined();
  });
});

describe("addEntry", () => {
  test.each([
    ["a flow map", "map: { id: a, b: c }", "map: { id: a, new: [x], b: c }"],
    ["a flow map without the key", "map: { b: c }", "map: { new: [x], b: c }"],
    ["an empty flow map", "map: {}", "map: { new: [x] }"],
    [
      "a flow map on several lines",
      "map: {\n  id: a,\n  b: c }",
      "map: {\n  id: a,\n  new: [x],\n  b: c }",
    ],
    ["a block map", "map:\n  id: a # note\n  b: c\n", "map:\n  id: a # note\n  new: [x]\n  b: c\n"],
    [
      "a block map whose entry is a block of text",
      "map:\n  id: |\n    a\n",
      "map:\n  new: [x]\n  id: |\n    a\n",
    ],
    ["compact JSON", '{"map":{"id":"a","b":1}}', '{"map":{"id":"a", "new": [x],"b":1}}'],
    [
      "JSON on several lines",
      '{"map": {\n  "id": "a",\n  "b": 1\n}}',
      '{"map": {\n  "id": "a",\n  "new": [x],\n  "b": 1\n}}',
    ],
  ])("extends %s", (_, text, expected) => {
    expect(withEntry(text)).toBe(expected);
  });

  test("extends a map that is an entry of a block list", () => {
    expect(withEntry("list:\n  - id: a\n    b: c\n", ["list", 0])).toBe(
      "list:\n  - id: a\n    new: [x]\n    b: c\n",
    );
  });

  test.each([
    ["a block map without the key", "map:\n  b: c\n"],
    ["an alias", "x: &x { id: a }\nmap: *x"],
    ["a text", "map: a"],
  ])("does not extend %s", (_, text) => {
    expect(withEntry(text)).toBeUndefined();
  });
});

describe("renameKey", () => {
  test.each([
    ["a: 1 # a", "b: 1 # a"],
    ["'a': 1", "'b': 1"],
    ['{"a": "a"}', '{"b": "a"}'],
  ])("keeps the quotes of %s", (text, expected) => {
    expect(applyEdits(text, [renameKey(placeIn(text), ["a"], "b")])).toBe(expected);
  });
});

describe("replaceInScalar", () => {
  test.each([
    ["without quotes", "k: see x now", "see (y) now"],
    ["in double quotes", 'k: "see \\"x\\" now"', 'see "(y)" now'],
    ["in single quotes", "k: 'see ''x'' now'", "see '(y)' now"],
    ["as a block", "k: |\n  see\n  x now\n", "see\n(y) now\n"],
    ["in JSON", '{"k": "see\\nx now"}', "see\n(y) now"],
  ])("replaces a piece of a text %s", (_, text, expected) => {
    expect(replacedValue(text, "(y)")).toBe(expected);
  });

  test.each([
    ["a colon", "a: b"],
    ["quotes", "'a' == \"b\""],
    ["a bracket", "[a]"],
  ])("quotes a text that would be read otherwise with %s", (_, replacement) => {
    expect(replacedValue("k: see x now", replacement)).toBe(`see ${replacement} now`);
  });

  function replacedValue(text: string, replacement: string): unknown {
    const { source, tree, value } = placeIn(text);
    const node = tree.nodeAt(["k"]);
    const { k } = value as { k: string };
    if (node?.kind !== "scalar") throw new Error("no text");
    const start = k.indexOf("x");
    const edit = replaceInScalar(source, node, k, [start, start + 1], replacement);
    if (!edit) return undefined;
    return (placeIn(applyEdits(text, [edit])).value as { k: unknown }).k;
  }
});

describe("quoteScalar", () => {
  test.each(["a", "!a", "a == 'b'", 'a == "b"', "a: b # c", "a\nb", 'a\\"b'])(
    "writes a text that is read as it is: %j",
    (value) => {
      const text = "k: something\nl: 1";
      const { source, tree } = placeIn(text);
      const node = tree.nodeAt(["k"]);
      if (node?.kind !== "scalar") throw new Error("no text");
      const fixed = applyEdits(text, [quoteScalar(source, node, value)]);
      expect(placeIn(fixed).value).toEqual({ k: value, l: 1 });
    },
  );
});

describe("compatibleFixes", () => {
  const fix = (title: string, start: number, end: number) => ({
    title,
    safe: true,
    edits: [{ start, end, text: title }],
  });

  test("omits a fix that touches an earlier one", () => {
    const fixes = [fix("a", 0, 2), fix("b", 1, 3), fix("c", 4, 4), fix("d", 4, 4), fix("e", 5, 6)];
    expect(compatibleFixes(fixes).map(({ title }) => title)).toEqual(["a", "c", "e"]);
  });

  test("returns fixes whose edits can be made together", () => {
    const fixes = compatibleFixes([fix("x", 3, 4), fix("y", 0, 1)]);
    expect(
      applyEdits(
        "abcde",
        fixes.flatMap(({ edits }) => edits),
      ),
    ).toBe("ybcxe");
  });
});
