import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { KeyBinding } from "../../../src/page/shell/KeySequence.js";

class FakeElement {
  readonly isContentEditable = false;
  readonly #matching: readonly string[];
  constructor(...matching: readonly string[]) {
    this.#matching = matching;
  }
  matches(selector: string): boolean {
    return selector.split(", ").some((each) => this.#matching.includes(each));
  }
}
class FakeInput extends FakeElement {
  readonly type: string;
  constructor(type: string) {
    super("input");
    this.type = type;
  }
}

let press: (event: object) => void;
let dialog: object | null = null;

beforeEach(() => {
  vi.resetModules();
  dialog = null;
  vi.stubGlobal("HTMLElement", FakeElement);
  vi.stubGlobal("HTMLInputElement", FakeInput);
  vi.stubGlobal("document", {
    addEventListener: (_: string, listener: typeof press) => {
      press = listener;
    },
    removeEventListener: () => {
      press = () => {};
    },
    querySelector: () => dialog,
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** The keys of a screen, and what they have done. */
async function listening(bindings: readonly Partial<KeyBinding>[]) {
  const keys = await import("../../../src/page/shell/keys.js");
  const { asked } = await import("../../../src/page/shell/ask.js");
  const done: string[] = [];
  keys.keyGroups.value = [
    {
      title: "Here",
      bindings: bindings.map(({ keys: name = "", label = name, ...rest }) => ({
        keys: name,
        label,
        run: () => done.push(name),
        ...rest,
      })),
    },
  ];
  const stop = keys.listenForKeys();
  let at = 0;
  const type = (key: string, more: object = {}): boolean => {
    let isPrevented = false;
    at += 10;
    press({
      key,
      timeStamp: at,
      target: new FakeElement("body"),
      preventDefault: () => {
        isPrevented = true;
      },
      ...more,
    });
    return isPrevented;
  };
  return { done, type, stop, asked, areKeysOn: keys.areKeysOn };
}

describe("the keys of the page", () => {
  test("do what they are bound to, alone or one after the other", async () => {
    const { done, type } = await listening([{ keys: "j" }, { keys: "g r" }]);
    expect([type("j"), type("x"), type("g"), type("r")]).toEqual([true, false, false, true]);
    expect(done).toEqual(["j", "g r"]);
  });

  test.each([
    ["in a field", { target: new FakeInput("text") }],
    ["in a longer field", { target: new FakeElement("textarea") }],
    ["with a modifier", { ctrlKey: true }],
    ["while a word is composed", { isComposing: true }],
    ["that something else has handled", { defaultPrevented: true }],
  ])("do nothing %s", async (_, more) => {
    const { done, type } = await listening([{ keys: "j" }]);
    type("j", more);
    expect(done).toEqual([]);
  });

  test("do nothing behind a dialog", async () => {
    const { done, type } = await listening([{ keys: "j" }]);
    dialog = {};
    type("j");
    expect(done).toEqual([]);
  });

  test("Escape leaves a field, and a tick box takes letters", async () => {
    const { done, type } = await listening([{ keys: "j" }, { keys: "Escape" }, { keys: " " }]);
    type("Escape", { target: new FakeInput("text") });
    type("j", { target: new FakeInput("checkbox") });
    type(" ", { target: new FakeInput("checkbox") });
    expect(done).toEqual(["Escape", "j"]);
  });

  test("Enter on a link is the link's", async () => {
    const { done, type } = await listening([{ keys: "Enter" }]);
    type("Enter", { target: new FakeElement("a[href]") });
    expect(done).toEqual([]);
    type("Enter");
    expect(done).toEqual(["Enter"]);
  });

  test("those of a single character can be switched off", async () => {
    const { done, type, areKeysOn } = await listening([{ keys: "j" }, { keys: "Enter" }]);
    areKeysOn.value = "off";
    type("j");
    type("Enter");
    expect(done).toEqual(["Enter"]);
  });

  test("one that changes a run asks first", async () => {
    const { done, type, asked } = await listening([
      { keys: "p", label: "Pause the run", changesRun: true },
    ]);
    type("p");
    expect(done).toEqual([]);
    expect(asked.value).toMatchObject({ title: "Pause the run?", verb: "Pause the run" });
    asked.value?.settle(true);
    await vi.waitFor(() => expect(done).toEqual(["p"]));
  });

  test("no key does anything after the page has stopped listening", async () => {
    const { done, type, stop } = await listening([{ keys: "j" }]);
    stop();
    type("j");
    expect(done).toEqual([]);
  });
});
