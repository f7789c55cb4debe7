import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { prepareWorkflow } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { CORE_FORMAT, canFold } from "../src/core-format.js";
import { RestateBackend } from "../src/index.js";
import { restateInProcess } from "./support/both-backends.ts";

/** The transition table of each format. */
const TABLES: Readonly<Record<string, string>> = { "1": "671317668380aa55" };

describe("CORE_FORMAT", () => {
  test("is changed with the transition table", () => {
    const page = new URL("../../../docs/reference/transitions.md", import.meta.url);
    const table = createHash("sha256").update(readFileSync(page)).digest("hex").slice(0, 16);
    expect({ [CORE_FORMAT]: table }).toEqual({ [CORE_FORMAT]: TABLES[CORE_FORMAT] });
    expect(canFold(CORE_FORMAT)).toBe(true);
  });

  test("of another version is refused, and the check names it", async () => {
    await using trial = await restateInProcess({ worker: () => Promise.resolve("done") });
    const { server, backend } = trial;
    const newer = await RestateBackend.open({
      ...{ url: server.ingressUrl, adminUrl: server.adminUrl },
      coreFormat: "2000",
    });
    const workflow = prepareWorkflow({
      name: "n",
      steps: [{ id: "a", agentId: "worker", task: "A" }],
    });
    const { id } = await newer.start(workflow);
    for (;;) {
      const { problems } = await backend.check();
      if (problems.length === 0) continue;
      expect(problems).toEqual([expect.stringContaining(`Run ${id} has the core format 2000`)]);
      break;
    }
    expect((await backend.get(id))?.status).toBe("running");
  });
});
