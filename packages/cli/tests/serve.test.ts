import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, type Running } from "./harness/axw.js";
import { Served } from "./harness/Served.js";

async function runIn(folder: Folder): Promise<string> {
  const [{ runId } = { runId: "" }] = ndjson((await folder.here(["list", "--json"])).stdout);
  return String(runId);
}

/** A run in another process, which waits in its second step. */
async function runThatWaits(folder: Folder): Promise<{ run: Running; runId: string }> {
  const run = folder.start(["run", "flow.yaml"]);
  await run.until(/^started +two/m);
  await folder.untilLaunched(2);
  return { run, runId: await runIn(folder) };
}

describe("axw serve", () => {
  test("serves the page without the key, and its data only with it", async () => {
    const served = await new Served(new Folder()).begun();
    const page = await served.page("/runs/any");
    expect(page.status).toBe(200);
    expect(page.text).toContain('<div id="app">');
    expect(await served.page("/api/v1/pulse")).toMatchObject({ status: 401 });
    expect(await served.ask("/pulse")).toMatchObject({ status: 200, body: { gates: 0 } });
    served.process.child.kill("SIGINT");
    expect((await served.process.ended).code).toBe(0);
  });

  test("pauses a run that another process owns, and resumes it in a process of its own", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, runId } = await runThatWaits(folder);
    const served = await new Served(folder).begun();
    expect(await served.ask(`/runs/${runId}/pause`, {})).toMatchObject({ status: 202 });
    folder.write("go");
    expect((await run.ended).code).toBe(3);
    expect(await served.ask(`/runs/${runId}/resume`, {})).toMatchObject({ status: 202 });
    // The run outlives the server that has resumed it.
    served.process.child.kill("SIGKILL");
    await served.process.ended;
    expect((await folder.here(["watch", runId])).code).toBe(0);
    expect(folder.launches()).toEqual(["one", "two", "three"]);
  });

  test("resumes a run whose process was killed, and no finished step runs again", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, runId } = await runThatWaits(folder);
    run.child.kill("SIGKILL");
    await run.ended;
    const served = await new Served(folder).begun();
    folder.write("go");
    expect(await served.ask(`/runs/${runId}/resume`, {})).toMatchObject({ status: 202 });
    expect((await folder.here(["watch", runId])).code).toBe(0);
    expect(folder.launches()).toEqual(["one", "two", "two", "three"]);
  });

  test("starts a file, and says why one cannot be started", async () => {
    const folder = new Folder({
      "flow.yaml": CHAIN,
      "bad.yaml": "id: bad\nsteps:\n  - {id: a, tsak: x}\n",
      go: "",
    });
    const served = await new Served(folder).begun();
    const start = { workflow: "flow.yaml", runId: "mine" };
    expect(await served.ask("/runs", start)).toMatchObject({
      status: 202,
      body: { runId: "mine" },
    });
    expect((await folder.here(["watch", "mine"])).code).toBe(0);
    expect(await served.ask("/runs", { workflow: "bad.yaml", runId: "other" })).toMatchObject({
      status: 400,
      body: { code: "invalid_definition", runId: "other" },
    });
  });

  test("starts a run once if the same start is sent again while it runs", async () => {
    const folder = new Folder({
      "flow.yaml": CHAIN,
      "other.yaml": CHAIN.replace("sample", "another"),
    });
    const served = await new Served(folder).begun();
    const start = { workflow: "flow.yaml", runId: "mine" };
    const [first, again] = [await served.ask("/runs", start), await served.ask("/runs", start)];
    expect([first, again]).toMatchObject([
      { status: 202, body: { runId: "mine" } },
      { status: 202, body: { runId: "mine" } },
    ]);
    expect(await served.ask("/runs", { ...start, workflow: "other.yaml" })).toMatchObject({
      status: 409,
      body: { code: "run_exists" },
    });
    folder.write("go");
    expect((await folder.here(["watch", "mine"])).code).toBe(0);
    expect(ndjson((await folder.here(["list", "--json"])).stdout)).toHaveLength(1);
  });

  test("names the first error of a file that cannot be started", async () => {
    const folder = new Folder({
      "bad.yaml": "id: bad\nsteps:\n  - { id: a, include: ./no.yaml }\n",
    });
    const served = await new Served(folder).begun();
    const { status, body } = await served.ask("/runs", { workflow: "bad.yaml" });
    expect({ status, body: { ...body, runId: undefined } }).toEqual({
      status: 400,
      body: {
        code: "invalid_definition",
        message: expect.stringMatching(
          /bad\.yaml is not valid: 1 error, 0 warnings\. The first error is in line 3: .*no\.yaml/,
        ),
        remedy: "Correct the errors, which are listed with the source of the workflow.",
        runId: undefined,
      },
    });
  });

  test("with --read-only changes nothing", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, runId } = await runThatWaits(folder);
    const served = await new Served(folder, "--read-only").begun();
    expect(await served.ask(`/runs/${runId}/pause`, {})).toMatchObject({
      status: 403,
      body: { code: "read_only" },
    });
    expect(await served.ask("/runs")).toMatchObject({ status: 200 });
    folder.write("go");
    expect((await run.ended).code).toBe(0);
  });

  test.each(["", "http://runs.example.com", "runs.example.com/", "a b"])(
    "refuses the host %j",
    async (host) => {
      const { code, stderr } = await new Folder().axw(["serve", "--allow-host", host]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining("It must be a host without a scheme"),
      });
    },
  );

  test("refuses a port that is in use", async () => {
    const folder = new Folder();
    const first = await new Served(folder).begun();
    const { port } = first;
    const { code, stderr } = await folder.axw(["serve", "--port", port]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`Port ${port} is in use.`),
    });
  });
});
