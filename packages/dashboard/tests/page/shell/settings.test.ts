import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ask, asked } from "../../../src/page/shell/ask.js";
import { iconHref, titleText } from "../../../src/page/shell/title.js";

vi.mock("../../../src/page/client/stream.js", () => ({ liveStream: {} }));

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A storage of a browser, in memory. */
function storage(content: Record<string, string> = {}): Record<string, string> {
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => content[name] ?? null,
    setItem: (name: string, value: string) => {
      content[name] = value;
    },
  });
  return content;
}

describe("stored", () => {
  test("a setting that was kept is read again, and a change is kept", async () => {
    const content = storage({ theme: "dark" });
    const { stored } = await import("../../../src/page/shell/stored.js");
    const theme = stored("theme", ["system", "light", "dark"], "system");
    expect(theme.value).toBe("dark");
    theme.value = "light";
    expect(content).toEqual({ theme: "light" });
  });

  test("a value that does not exist any more is the initial one", async () => {
    const content = storage({ theme: "sepia" });
    const { stored } = await import("../../../src/page/shell/stored.js");
    expect(stored("theme", ["system", "light"], "system").value).toBe("system");
    expect(content).toEqual({ theme: "sepia" });
  });

  test("without storage, a setting lasts as long as the page", async () => {
    vi.stubGlobal("localStorage", undefined);
    const { stored } = await import("../../../src/page/shell/stored.js");
    const keys = stored("keys", ["on", "off"], "on");
    keys.value = "off";
    expect(keys.value).toBe("off");
  });
});

describe("ask", () => {
  test("settles with the answer, and closes the question", async () => {
    const answer = ask({ title: "Cancel?", text: "It ends.", verb: "Cancel" });
    expect(asked.value).toMatchObject({ title: "Cancel?", verb: "Cancel" });
    asked.value?.settle(true);
    expect([await answer, asked.value]).toEqual([true, undefined]);
  });

  test("a second question drops the first", async () => {
    const first = ask({ title: "One?", text: "", verb: "Do" });
    const second = ask({ title: "Two?", text: "", verb: "Do" });
    asked.value?.settle(true);
    expect([await first, await second]).toEqual([false, true]);
  });
});

describe("the title of the document", () => {
  test("counts what waits for a person, and names the screen", () => {
    expect([titleText(0, "Runs"), titleText(3, "Runs"), titleText(0, "")]).toEqual([
      "Runs · axw",
      "(3) Runs · axw",
      "axw",
    ]);
  });

  test("no two states share an icon", () => {
    const states = ["ok", "fail", "run", "wait", "unk", "idle", "none"] as const;
    const icons = states.map(iconHref);
    expect(new Set(icons).size).toBe(states.length);
    expect(icons.every((icon) => icon.startsWith("data:image/svg+xml,%3Csvg"))).toBe(true);
  });
});

describe("copyText", () => {
  const load = async () => {
    vi.doMock("../../../src/page/shell/announce.js", () => ({ announce }));
    return import("../../../src/page/shell/copy-text.js");
  };
  const announce = vi.fn();

  test("writes to the clipboard, and says so", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    const { copyText } = await load();
    expect(await copyText("axw list")).toBe(true);
    expect(writeText).toHaveBeenCalledWith("axw list");
    expect(announce).toHaveBeenLastCalledWith("Copied");
  });

  test("without a clipboard it copies a selected text, and removes it", async () => {
    const area = { value: "", className: "", select: vi.fn(), remove: vi.fn() };
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("document", {
      createElement: () => area,
      body: { append: vi.fn() },
      execCommand: () => false,
    });
    const { copyText } = await load();
    expect(await copyText("axw list")).toBe(false);
    expect([area.value, area.select.mock.calls.length, area.remove.mock.calls.length]).toEqual([
      "axw list",
      1,
      1,
    ]);
    expect(announce).toHaveBeenLastCalledWith("The browser refused to copy.");
  });
});
