import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, workflow } from "./harness/axw.js";

/** A folder with a run `job` whose process was killed in its second step of three. */
async function folderWithOrphan(): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": CHAIN });
  const run = folder.start(["run", "flow.yaml", "--run-id", "job"]);
  await folder.untilLaunched(2);
  run.child.kill("SIGKILL");
  await run.ended;
  return folder;
}

describe("a run whose process is gone", () => {
  test("is orphaned in list and show, and its running step is interrupted in show and graph", async () => {
    const folder = await folderWithOrphan();
    const listed = await folder.here(["list"]);
    const shown = await folder.here(["show", "job"]);
    const graph = await folder.here(["graph", "job"]);
    expect([listed.stdout, shown.stdout, graph.stdout]).toEqual([
      expect.stringMatching(
        /^job {2}! orphaned {2}sample 1\.0\.0 {2}1\/3 {2}.* no process works on it: axw resume job$/m,
      ),
      expect.stringMatching(
        /^! orphaned {2}run job of sample 1\.0\.0\n[^]*^two +■ interrupted +1$/m,
      ),
      expect.stringContaining("two<br/>slow<br/>interrupted"),
    ]);
  });

  test("names its interrupted step when it is resumed, without a duration that nothing measured", async () => {
    const folder = await folderWithOrphan();
    folder.write("go");
    const { stdout } = await folder.here(["resume", "job"]);
    expect(stdout).toMatch(/^interrupted two {2}attempt 1 {2}the engine that ran it is gone$/m);
  });

  test("keeps its stored status, also in JSON", async () => {
    const folder = await folderWithOrphan();
    const [listed] = ndjson((await folder.here(["list", "--json"])).stdout);
    const [shown] = ndjson((await folder.here(["show", "job", "--json"])).stdout);
    const expected = { isOrphaned: true, ownerState: "gone" };
    expect([listed, shown]).toEqual([
      expect.objectContaining({ ...expected, status: "running", completedSteps: 1, stepCount: 3 }),
      expect.objectContaining({
        ...expected,
        run: expect.objectContaining({ status: "running" }) as unknown,
      }),
    ]);
  });

  test("is listed by --status orphaned, and not by --status running", async () => {
    const folder = await folderWithOrphan();
    const ids = async (status: string): Promise<readonly unknown[]> => {
      const { stdout } = await folder.here(["list", "--json", "--status", status]);
      return stdout === "" ? [] : ndjson(stdout).map(({ runId }) => runId);
    };
    expect([await ids("orphaned"), await ids("running")]).toEqual([["job"], []]);
    folder.write("go");
    await folder.here(["resume", "job"]);
    expect([await ids("orphaned"), await ids("completed")]).toEqual([[], ["job"]]);
  });

  test("has waited since its process was gone, in show and after a resume", async () => {
    const folder = await folderWithOrphan();
    const [before] = ndjson((await folder.here(["show", "job", "--json"])).stdout);
    folder.write("go");
    const resumed = await folder.here(["resume", "job", "--json"]);
    const [after] = ndjson((await folder.here(["show", "job", "--json"])).stdout);
    const [orphan, ended, ending] = [before, after, ndjson(resumed.stdout).at(-1)].map((one) => ({
      workedMs: Number(one?.["workedMs"]),
      waitedMs: Number(one?.["waitedMs"]),
    }));
    const again = ndjson((await folder.here(["resume", "job", "--json"])).stdout).at(-1);
    expect([ending, { workedMs: again?.["workedMs"], waitedMs: again?.["waitedMs"] }]).toEqual([
      ended,
      ended,
    ]);
    expect([
      ended !== undefined && orphan !== undefined && ended.workedMs > orphan.workedMs,
      ended !== undefined && orphan !== undefined && ended.waitedMs > orphan.waitedMs,
    ]).toEqual([true, true]);
  });
});

describe("run --run-id of an orphaned run", () => {
  test("says that the run was orphaned, and continues it", async () => {
    const folder = await folderWithOrphan();
    folder.write("go");
    const { code, stdout } = await folder.here(["run", "flow.yaml", "--run-id", "job"]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^run job of sample 1\.0\.0 {2}already exists, orphaned at event \d+: /,
      ),
    ]);
  });
});

describe("axw list", () => {
  test("shows how many steps of each run have completed, failed and were skipped", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: bad, task: two, dependencies: [one]}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
  - {id: four, agentId: sh, task: four, dependencies: [three]}
`),
    });
    await folder.here(["run", "flow.yaml", "--run-id", "job"]);
    const { stdout } = await folder.here(["list"]);
    expect(stdout).toMatch(
      /^job {2}✖ failed {2}sample 1\.0\.0 {2}1\/4 .* 1 failed, 2 skipped; two failed: /m,
    );
    const [listed] = ndjson((await folder.here(["list", "--json"])).stdout);
    expect(listed).toMatchObject({ completedSteps: 1, failedSteps: 1, skippedSteps: 2 });
  });
});

describe("the time of a run", () => {
  test("is divided into work and waiting if the run waited for a second or more", async () => {
    const text = workflow(
      "  - {id: one, agentId: bad, task: one, retries: 1, retry: {backoff: 1100ms, jitter: none}}\n",
    );
    const folder = new Folder({ "flow.yaml": text });
    const ran = await folder.here(["run", "flow.yaml", "--run-id", "job"]);
    const shown = await folder.here(["show", "job"]);
    const divided = / 1\.\ds \(worked \d+ms, waited 1\.\ds\)/;
    expect([divided.test(ran.stdout), divided.test(shown.stdout)]).toEqual([true, true]);
  });

  test("is one number otherwise, and no internal state is shown", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml", "--run-id", "job"]);
    await folder.untilLaunched(2);
    const { stdout } = await folder.here(["show", "job"]);
    folder.write("go");
    await run.ended;
    expect(stdout).toMatch(
      /^◐ running {2}run job of sample 1\.0\.0\nid +job\nstarted {2}[-\d: ]+, [\d.ms]+\n/,
    );
  });
});
