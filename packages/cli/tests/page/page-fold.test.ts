import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqliteStorage, WorkflowError, WorkflowParser } from "@automatosx/workflow";
import { afterAll, describe, expect, test } from "vitest";
import type { Case } from "../../src/test-files/Case.js";
import { readCases } from "../../src/test-files/read-cases.js";
import { Stage } from "../../src/test-files/Stage.js";
import { PageClient, PageRun, ReadStates, stateOf } from "./folded.js";

const folder = fileURLToPath(new URL("../../../acceptance/data/language/cases/", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "axw-page-fold-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The runs of one storage, each as three pages have it. */
class Pages {
  readonly #storage: ReturnType<typeof openSqliteStorage>;
  readonly #clients: Readonly<Record<string, PageClient>>;
  readonly #pages = new Map<
    string,
    { readonly states: ReadStates; readonly runs: [string, PageRun][] }
  >();
  readonly differences: { readonly page: string; readonly seq: number; readonly run: string }[] =
    [];
  stateCount = 0;
  /** How often a page loaded a run again, since it went back. */
  reloadCount = 0;

  constructor(storage: ReturnType<typeof openSqliteStorage>) {
    this.#storage = storage;
    this.#clients = {
      "with results": new PageClient(storage, { resultBytes: 1e9, entryCount: 1e9 }),
      "without results": new PageClient(storage, { resultBytes: 0, entryCount: 1e9 }),
      "from a snapshot": new PageClient(storage, { resultBytes: 0, entryCount: 1 }),
    };
  }

  /** Lets every page follow every run to its end, and one that was just opened read it whole. */
  async follow(): Promise<void> {
    for (const { runId } of this.#storage.listRuns()) {
      const known = this.#pages.get(runId) ?? {
        states: new ReadStates(this.#storage, runId),
        runs: Object.entries(this.#clients).map(([name, client]): [string, PageRun] => [
          name,
          new PageRun(client, runId),
        ]),
      };
      this.#pages.set(runId, known);
      const opened = Object.entries(this.#clients).map(([name, client]): [string, PageRun] => [
        `${name}, just opened`,
        new PageRun(client, runId),
      ]);
      for (const [page, run] of [...known.runs, ...opened]) {
        await run.follow((view) => {
          this.stateCount += 1;
          if (stateOf(view) === known.states.at(view.seq)) return;
          this.differences.push({ page, seq: view.seq, run: runId });
        });
        this.reloadCount += run.takeReloads();
      }
    }
  }
}

async function played(one: Case): Promise<Pages | undefined> {
  const storage = openSqliteStorage({ path: ":memory:" });
  using stage = new Stage(one, directory, storage);
  const outcome = await new WorkflowParser().checkFile(stage.placed(one.workflow));
  if (!outcome.ok) return undefined;
  const pages = new Pages(storage);
  for (const action of one.actions) {
    try {
      await stage.perform(action, outcome.workflow);
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
    }
    await pages.follow();
  }
  return pages;
}

const index = join(folder, "index.json");
const read = readCases(readFileSync(index, "utf8"), index, "index");
const cases = read.ok ? read.cases : [];

describe("the page's fold equals RunReader after every entry", () => {
  test("of the runs of all acceptance cases, with and without their results", async () => {
    const differing: object[] = [];
    let [caseCount, stateCount, reloadCount] = [0, 0, 0];
    for (const one of cases) {
      const pages = await played(one);
      if (pages === undefined) continue;
      caseCount += 1;
      stateCount += pages.stateCount;
      reloadCount += pages.reloadCount;
      const [first] = pages.differences;
      if (first !== undefined)
        differing.push({ case: one.id, count: pages.differences.length, first });
    }
    expect(differing).toEqual([]);
    expect({ caseCount, hasStates: stateCount > 10_000, hasReloads: reloadCount > 30 }).toEqual({
      caseCount: 143,
      hasStates: true,
      hasReloads: true,
    });
  }, 300_000);
});
