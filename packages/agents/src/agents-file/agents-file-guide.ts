import {
  AGENT_KEY_SYNONYMS,
  EXTENSION_PREFIX,
  Identifier,
  WrittenAgent,
} from "@automatosx/schemas";
import { ISSUE_KINDS } from "@automatosx/workflow";
import { findSynonym, type SchemaGuide } from "@automatosx/workflow/source";
import { z } from "zod";
import { ANY_AGENT } from "../registry/AgentRegistry.js";
import { WrittenNotify } from "./notify.schema.js";

/** An agents file as written. Keys that begin with `x-` are ignored, as in a workflow file. */
export const AgentsFile = z.preprocess(
  (data) =>
    isMap(data)
      ? Object.fromEntries(
          Object.entries(data).filter(([key]) => !key.startsWith(EXTENSION_PREFIX)),
        )
      : data,
  z.strictObject({
    agents: z
      .record(z.union([z.literal(ANY_AGENT), Identifier]), WrittenAgent)
      .describe("Agents by id. `*` performs the steps of every id that is not listed."),
    notify: WrittenNotify.exactOptional(),
  }),
);

/** How schema issues are worded for agents files. */
export const AGENTS_FILE_GUIDE: SchemaGuide = {
  schema: AgentsFile,
  root: {
    kind: {
      ...ISSUE_KINDS.wrongType,
      remedy: "write `agents:` with the agents below it, keyed by id",
    },
    noun: "a map with `agents`",
  },
  unclear: ISSUE_KINDS.badAgent,
  synonymOf: (key, path, known) =>
    findSynonym(key, path.length === 2 ? AGENT_KEY_SYNONYMS : {}, known),
  remedyFor: () => undefined,
  isCommandLine: (path) => path.at(-1) === "command",
  tooLong: () => undefined,
  rules: {},
};

function isMap(data: unknown): data is Record<string, unknown> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}
