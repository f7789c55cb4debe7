/** Writes `docs/reference/transitions.md` from the built package: `pnpm build && pnpm generate`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as core from "@automatosx/rescript-core";
import { renderTransitions } from "./transitions/render.ts";

const page = new URL("../../../docs/reference/transitions.md", import.meta.url);
const types = readFileSync(
  new URL("../src/workflows/WorkflowStateMachine.gen.ts", import.meta.url),
  "utf8",
);
mkdirSync(new URL(".", page), { recursive: true });
writeFileSync(page, renderTransitions(core, types));
