import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ActionName, NEXT_ACTIONS } from "../../src/next/actions.js";
import { ALL } from "./lines.js";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));

function sources(): { readonly path: string; readonly text: string }[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(join(SOURCES, path), "utf8") }));
}

describe("every action of a next line", () => {
  test("is printed in some state, and typed by a test in each state in which it is printed", () => {
    const inTable = Object.entries(NEXT_ACTIONS).flatMap(([action, { states }]) =>
      (states.length === 0 ? ["no state"] : states).map((state) => `${action} ${state}`),
    );
    const typed = new Set(ALL.map(({ action, state }) => `${action} ${state}`));
    expect([...typed].sort()).toEqual(inTable.sort());
  });

  test("is used in the sources", () => {
    const text = sources()
      .filter(({ path }) => path !== join("next", "actions.ts"))
      .map((source) => source.text)
      .join("\n");
    const unused = (Object.keys(NEXT_ACTIONS) as ActionName[]).filter(
      (action) => !text.includes(`"${action}"`),
    );
    expect(unused).toEqual([]);
  });
});
