import { beforeAll, expect, test, vi } from "vitest";

type Selection = typeof import("../../../src/page/run/selection.ts");
let selection: Selection;

/** The parts of a window that the address of the page needs. */
class FakeWindow {
  href = "http://127.0.0.1:4500/runs/c41d7e?step=build&attempt=2&line=9&at=x";
  readonly assign = (href: string): void => {
    this.href = new URL(href, this.href).href;
  };
}

beforeAll(async () => {
  const fake = new FakeWindow();
  vi.stubGlobal("location", fake);
  vi.stubGlobal("addEventListener", () => {});
  const push = (_: unknown, __: string, href: string): void => fake.assign(href);
  vi.stubGlobal("history", { pushState: push, replaceState: push });
  selection = await import("../../../src/page/run/selection.ts");
});

test("the selection of a run is in the address, and a value that means nothing is left out", () => {
  const { selectedStep, shownEvent, rowFilter, leftPane, select, lookAt } = selection;
  expect([selectedStep.value, shownEvent.value, rowFilter.value, leftPane.value]).toEqual([
    ...["build", undefined, "all", "steps"],
  ]);
  select("build");
  expect(location.href).toContain("attempt=2");
  select("build[auth]");
  expect(new URL(location.href).search).toBe("?step=build%5Bauth%5D&at=x");
  lookAt(91);
  expect([selectedStep.value, shownEvent.value]).toEqual(["build[auth]", 91]);
  lookAt(undefined);
  expect(new URL(location.href).search).toBe("?step=build%5Bauth%5D");
});
