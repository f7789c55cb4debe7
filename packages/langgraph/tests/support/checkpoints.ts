import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  type ChannelVersions,
  type Checkpoint,
  type CheckpointMetadata,
  uuid6,
} from "@langchain/langgraph-checkpoint";
import { afterAll, beforeEach } from "vitest";
import type { AxwSaver } from "../../src/index.js";

/** A new database path before each test, in a folder that does not exist yet. */
export function freshPaths(name: string): () => string {
  const folder = mkdtempSync(join(tmpdir(), `axw-${name}-`));
  let tests = 0;
  beforeEach(() => {
    tests += 1;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return () => join(folder, `new-folder-${tests}`, "workflow.db");
}

let made = 0;

export function checkpointOf(
  values: Record<string, unknown>,
  versions: ChannelVersions,
): Checkpoint {
  made += 1;
  return {
    v: 4,
    id: uuid6(made),
    ts: "2026-01-01T00:00:00.000Z",
    channel_values: values,
    channel_versions: versions,
    versions_seen: {},
  };
}

export const metadata: CheckpointMetadata = { source: "loop", step: 0, parents: {} };

export const thread = (thread_id: string): RunnableConfig => ({
  configurable: { thread_id, checkpoint_ns: "" },
});

/** Puts a checkpoint after another. By default, all of its channels are new. */
export function put(
  saver: AxwSaver,
  after: RunnableConfig,
  values: Record<string, unknown>,
  versions: ChannelVersions,
  newVersions: ChannelVersions = versions,
): Promise<RunnableConfig> {
  return saver.put(after, checkpointOf(values, versions), metadata, newVersions);
}

export async function valuesAt(saver: AxwSaver, config: RunnableConfig): Promise<unknown> {
  return (await saver.get(config))?.channel_values;
}
