import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Folder, ndjson, workflow } from "./harness/axw.js";

interface Sent {
  readonly type: string;
  readonly text: string;
  readonly command: string;
}

const sent: Sent[] = [];
let status = 204;
let url = "";
const server = createServer((request, response) => void receive(request, response));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  sent.push(JSON.parse(await text(request)) as Sent);
  response.writeHead(status).end();
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());
beforeEach(() => {
  sent.length = 0;
  status = 204;
});

const agents = (on: string): string => `agents:
  sh: {command: [echo, done]}
  bad: {command: [sh, -c, "echo no disk >&2; exit 3"]}
notify:
  - {on: [${on}], url: "${url}"}
`;

const flow = (steps: string): string => workflow(steps);

describe("axw run with `notify` in its agents file", () => {
  test("sends the end of the run before it exits, with the command that shows it", async () => {
    const folder = new Folder({
      "flow.yaml": flow("  - {id: one, agentId: bad, task: one}\n"),
      "agents.yaml": agents("run_ended, step_failed"),
    });
    const { code } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect([code, sent.map(({ type, command }) => [type, command])]).toEqual([
      1,
      [
        ["step_failed", "axw logs r one"],
        ["run_ended", "axw show r"],
      ],
    ]);
  });

  test("sends what a gate asks, with the command that answers it", async () => {
    const gate =
      "  - {id: approve, gate: {ask: Ship it?, form: {type: object, properties: {why: {type: string}}, required: [why]}}}\n";
    const folder = new Folder({
      "flow.yaml": flow(gate),
      "agents.yaml": agents("gate_opened"),
    });
    await folder.here(["run", "flow.yaml", "--run-id", "r", "--db", "other.db"]);
    expect(sent.map(({ text, command }) => [text, command])).toEqual([
      [
        "sample r: approve waits for an answer: Ship it?",
        "axw approve r approve --set why=WHY --db other.db",
      ],
    ]);
  });

  test("sends nothing if every agent is simulated", async () => {
    const folder = new Folder({
      "flow.yaml": flow("  - {id: one, agentId: bad, task: one}\n"),
      "agents.yaml": agents("run_ended"),
    });
    await folder.here(["run", "flow.yaml", "--agents", "simulated"]);
    expect(sent).toEqual([]);
  });

  test("is refused before anything starts if a variable for a secret is not set", async () => {
    const folder = new Folder({
      "flow.yaml": flow("  - {id: one, agentId: sh, task: one}\n"),
      "agents.yaml":
        "agents: {sh: {command: [echo]}}\n" +
        "notify: [{on: [run_ended], url: {env: NO_SUCH_HOOK}}]\n",
    });
    const { code, stderr } = await folder.here(["run", "flow.yaml"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /`notify\[0\]\.url` of .*agents\.yaml needs the environment variable NO_SUCH_HOOK, which is not set\.[\s\S]*Set NO_SUCH_HOOK, or remove the receiver/,
      ),
    ]);
  });
});

describe("axw schema agents", () => {
  test("prints a JSON Schema that describes agents and receivers", async () => {
    const { stdout } = await new Folder({}).here(["schema", "agents"]);
    const schema = JSON.parse(stdout) as { title: string; definitions: Record<string, object> };
    const described = Object.values(schema.definitions).every((each) => "description" in each);
    expect([schema.title, Object.keys(schema.definitions), described]).toEqual([
      "AutomatosX agents file",
      ["ProcessAgent", "PresetAgent", "Hook", "Webhook"],
      true,
    ]);
  });
});

describe("a receiver that is gone", () => {
  test("is named by axw show and axw doctor, and the run is as complete as any", async () => {
    status = 410;
    const folder = new Folder({
      "flow.yaml": flow("  - {id: one, agentId: sh, task: one}\n"),
      "agents.yaml": agents("run_ended"),
    });
    const { code } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const line = `${new URL(url).origin}: 1 notice given up: the receiver answered with status 410`;
    const shown = await folder.here(["show", "r"]);
    const json = ndjson((await folder.here(["show", "r", "--json"])).stdout) as {
      notices: unknown;
    }[];
    const doctor = await folder.here(["doctor"]);
    expect([code, shown.stdout, doctor.stdout, json[0]?.notices]).toEqual([
      0,
      expect.stringContaining(`notices  ${line}`),
      expect.stringMatching(/warning +notices +/),
      [
        {
          receiver: new URL(url).origin,
          givenUp: 1,
          failures: 0,
          error: "the receiver answered with status 410",
        },
      ],
    ]);
    expect(doctor.stdout).toContain(line);
  });
});
