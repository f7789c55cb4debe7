import { describe, expect, test } from "vitest";
import { readBlocks } from "./support/code-blocks.js";
import { Outside } from "./support/Outside.js";

/** The time limit in ms: enough for a cold npm cache and a slow registry. */
const INSTALL_LIMIT_MS = 240_000;

describe("a package outside the workspace", () => {
  test(
    "installs the packed packages, type-checks, and runs a workflow, as its README says",
    () => {
      const [block] = readBlocks("examples/consumer/README.md").filter(
        ({ info }) => info === "sh install",
      );
      const printed = new Outside().run(block?.text ?? "exit 1");
      expect(JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "")).toEqual({
        status: "completed",
        results: {
          design: { by: "architecture", done: "Design the API" },
          build: { by: "backend", done: "Build: Design the API" },
          ask: { six: 6 },
          join: ["ask", "build"],
        },
      });
    },
    INSTALL_LIMIT_MS,
  );
});
