import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { axw, type Finished, ndjson, startAxw } from "./support/axw.js";
import { sandbox } from "./support/sandbox.js";
import { until } from "./support/until.js";

/**
 * A program that notes its launch. It fails while the file `broken` contains its task, and a task
 * with `wait` takes until the file `go` exists.
 */
const WRITER = `#!/bin/sh
read -r task
echo "$task" >> launches
if grep -qxF "$task" broken 2>/dev/null; then echo "broken" >&2; exit 1; fi
case "$task" in wait*) while [ ! -e go ] && [ -e launches ]; do sleep 0.02; done ;; esac
case "$task" in *same*) echo ok ;; *) printf '%s' "<$task>" | cksum ;; esac
`;

const HEAD = "agents: { writer: { command: [sh, ./writer.sh] } }\nsteps:\n";

class Project {
  readonly folder = sandbox();

  constructor(text: string) {
    this.write("writer.sh", WRITER);
    this.write("flow.yaml", text);
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  add(name: string, text: string): void {
    appendFileSync(path.join(this.folder, name), text);
  }

  remove(name: string): void {
    rmSync(path.join(this.folder, name));
  }

  axw(...args: readonly string[]): Promise<Finished> {
    return axw(this.folder, ...args);
  }

  launches(): readonly string[] {
    const file = path.join(this.folder, "launches");
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  }

  /** Runs \`axw\`, and returns its exit code with the tasks that were launched meanwhile. */
  async launchesOf(...args: readonly string[]): Promise<object> {
    const before = this.launches().length;
    const { exitCode } = await this.axw(...args);
    return { exitCode, launches: this.launches().slice(before) };
  }
}

/** A step that needs the one before it. */
function link(id: string, task: string, before?: string): string {
  const needs = before === undefined ? "" : `, dependencies: [${before}]`;
  return `  - { id: ${id}, agentId: writer, task: ${JSON.stringify(task)}${needs} }\n`;
}

/** Three branches of 13 steps, and a step that needs no other: 40 agents. */
function fortyAgents(): string {
  const branches = ["a", "b", "c"].flatMap((branch) =>
    Array.from({ length: 13 }, (_, index) =>
      link(
        `${branch}${index}`,
        `${branch}${index}`,
        index > 0 ? `${branch}${index - 1}` : undefined,
      ),
    ),
  );
  return `id: forty\n${HEAD}${branches.join("")}${link("last", "last")}`;
}

/** A chain of 57 steps, each of which is given the result of the one before. */
function chain(task: (number: number, before: string) => string): string {
  const steps = Array.from({ length: 57 }, (_, index) => {
    const number = index + 1;
    const before = number > 1 ? `s${number - 1}` : undefined;
    const given = before === undefined ? "" : `\${{ steps.${before}.output }}`;
    return link(`s${number}`, task(number, given), before);
  });
  return `id: chain\n${HEAD}${steps.join("")}`;
}

describe("what is launched after a change", () => {
  test("is one of 40 agents if it was the only one that failed, and is corrected", async () => {
    const project = new Project(fortyAgents());
    project.write("broken", "b12\n");
    const first = await project.axw("run", "flow.yaml", "--run-id", "r");
    expect([first.exitCode, project.launches().length]).toEqual([1, 40]);
    project.remove("broken");
    expect(await project.launchesOf("resume", "r")).toEqual({ exitCode: 0, launches: ["b12"] });
  });

  test("is one of 40 agents if the task of the failed one is corrected in the file", async () => {
    const project = new Project(fortyAgents());
    project.write("broken", "b12\n");
    await project.axw("run", "flow.yaml", "--run-id", "r");
    project.write("flow.yaml", fortyAgents().replace('task: "b12"', 'task: "better b12"'));
    expect(await project.launchesOf("amend", "r", "flow.yaml")).toEqual({
      exitCode: 0,
      launches: ["better b12"],
    });
  });

  test("is what was in flight if the engine died", async () => {
    const project = new Project(
      `id: dies\n${HEAD}${link("done", "done")}` +
        ["x", "y", "z"].map((id) => link(id, `wait ${id}`, "done")).join("") +
        "  - { id: end, agentId: writer, task: end, dependencies: [x, y, z] }\n",
    );
    const running = startAxw(project.folder, "run", "flow.yaml", "--run-id", "r");
    await until("three launches", () => (project.launches().length === 4 ? true : undefined));
    running.child.kill("SIGKILL");
    await running.finished;
    project.write("go", "");
    const before = project.launches().length;
    const { exitCode } = await project.axw("resume", "r");
    expect([exitCode, project.launches().slice(before).toSorted()]).toEqual([
      0,
      ["end", "wait x", "wait y", "wait z"],
    ]);
  });

  test("is 28 of a chain of 57 if the task of the 30th changes, and results differ", async () => {
    const text = (mark: string) =>
      chain((number, before) => `${number === 30 ? mark : ""}step ${number} ${before}`);
    const project = new Project(text(""));
    await project.axw("run", "flow.yaml", "--run-id", "r");
    expect(project.launches().length).toBe(57);
    project.write("flow.yaml", text("another "));
    expect(await project.launchesOf("run", "flow.yaml", "--from", "r")).toEqual({
      exitCode: 0,
      launches: expect.toSatisfy((tasks: readonly string[]) => tasks.length === 28),
    });
  });

  test("is 1 of a chain of 57 if the 30th gives the same result again", async () => {
    const text = (mark: string) =>
      chain((number, before) => `same ${number === 30 ? mark : ""}${number} ${before}`);
    const project = new Project(text(""));
    await project.axw("run", "flow.yaml", "--run-id", "r");
    project.write("flow.yaml", text("another "));
    expect(await project.launchesOf("run", "flow.yaml", "--from", "r")).toEqual({
      exitCode: 0,
      launches: ["same another 30 ok"],
    });
  });

  test("is nothing if a list is permuted, and one agent for one more item", async () => {
    const project = new Project(
      `id: items\ninputs: { list: { type: array, required: true } }\n${HEAD}` +
        '  - { id: each, foreach: inputs.list, agentId: writer, task: "item ${{ item }}" }\n',
    );
    await project.axw("run", "flow.yaml", "--run-id", "r", "--input", 'list=["a","b","c"]');
    const run = (list: string): Promise<object> =>
      project.launchesOf("run", "flow.yaml", "--from", "r", "--input", `list=${list}`);
    expect([await run('["c","a","b"]'), await run('["c","a","b","d"]')]).toEqual([
      { exitCode: 0, launches: [] },
      { exitCode: 0, launches: ["item d"] },
    ]);
  });

  test("is only the attempts whose requests an amendment of a running run changes", async () => {
    const text = (task: string) =>
      `id: live\n${HEAD}${link("same", "wait same")}${link("other", task)}`;
    const project = new Project(text("wait old"));
    const running = startAxw(project.folder, "run", "flow.yaml", "--run-id", "r");
    await until("two launches", () => (project.launches().length === 2 ? true : undefined));
    project.write("better.yaml", text("wait new"));
    const amended = await project.axw("amend", "r", "better.yaml");
    await until("the new launch", () => (project.launches().length === 3 ? true : undefined));
    project.write("go", "");
    const ended = await running.finished;
    const events = ndjson<{ type: string; stepId?: string }>(
      (await project.axw("events", "r", "--json")).stdout,
    );
    const started = events.flatMap(({ type, stepId }) =>
      type === "step_started" ? [String(stepId)] : [],
    );
    expect({
      exitCodes: [amended.exitCode, ended.exitCode],
      says: amended.stderr.match(/^Stopped.*$/m)?.[0],
      launches: project.launches().toSorted(),
      started: started.toSorted(),
    }).toEqual({
      exitCodes: [0, 0],
      says: "Stopped 1 attempt in flight: other.",
      launches: ["wait new", "wait old", "wait same"],
      started: ["other", "other", "same"],
    });
  });
});
