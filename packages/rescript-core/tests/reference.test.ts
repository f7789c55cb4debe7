import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderTransitions } from "../scripts/transitions/render.js";
import * as core from "../src/index.js";

test("docs/reference/transitions.md matches the machine (`pnpm generate` rewrites it)", () => {
  const page = readFileSync(
    new URL("../../../docs/reference/transitions.md", import.meta.url),
    "utf8",
  );
  const types = readFileSync(
    new URL("../src/workflows/WorkflowStateMachine.gen.ts", import.meta.url),
    "utf8",
  );
  expect(page).toBe(renderTransitions(core, types));
});
