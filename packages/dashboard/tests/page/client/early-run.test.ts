import { afterEach, expect, test, vi } from "vitest";
import { askEarly, takeEarly } from "../../../src/page/client/early-run.ts";

const asked: string[] = [];

function serve(status: number): void {
  vi.stubGlobal("localStorage", { getItem: () => "k", setItem: () => {} });
  vi.stubGlobal("location", { hash: "", pathname: "/", search: "" });
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(Response.json({ code: "run_not_found", message: "gone" }, { status }));
  });
}

afterEach(() => {
  asked.length = 0;
  vi.unstubAllGlobals();
});

test("a run is asked for early if the address names one, and its answer is given once", async () => {
  serve(200);
  askEarly(["gates", "run-1"]);
  askEarly(["runs"]);
  expect(asked).toEqual([]);
  askEarly(["runs", "run-1"]);
  expect(takeEarly("run-2")).toBeUndefined();
  await expect(takeEarly("run-1")).resolves.toEqual({ code: "run_not_found", message: "gone" });
  expect(takeEarly("run-1")).toBeUndefined();
  expect(asked).toEqual(["/api/v1/runs/run-1"]);
});

test("an early refusal reaches the one that takes the answer", async () => {
  serve(404);
  askEarly(["runs", "run-1"]);
  await expect(takeEarly("run-1")).rejects.toThrow("gone");
});
