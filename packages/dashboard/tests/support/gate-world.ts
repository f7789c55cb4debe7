import type { WorkflowEngine } from "@automatosx/workflow";
import { RunReader } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import type { Gate, GateList } from "../../src/api/gate.schema.js";
import { gateId } from "../../src/api/gate-id.js";
import { engineControl } from "../../src/server/engine-control.js";
import { type Dashboard, HOST, Served } from "./served.js";

/** A gate with a form whose result can be edited, between steps. */
export const RELEASE = `
id: release
steps:
  - id: design
    agentId: writer
    task: Design it.
  - id: approval
    dependencies: [design]
    gate:
      ask: Publish \${{ steps.design.output.table }}?
      show: \${{ steps.design.output }}
      form:
        risk: [low, high]
        days: { type: integer, minimum: 1, maximum: 365 }
        note: string?
      editable: steps.design.output
      expires: 24h
      onExpire: reject
  - id: draft
    dependencies: [design]
    agentId: writer
    task: Draft \${{ steps.design.output.table }}.
  - id: publish
    dependencies: [approval]
    agentId: writer
    task: Publish it.
  - id: report
    dependencies: [publish]
    agentId: writer
    task: Report.
`;

/** A run that uses up its budget. */
export const SPENDER = `
id: spender
budget: { launches: 1 }
steps:
  - { id: a, agentId: writer, task: a }
  - { id: b, agentId: writer, task: b, dependencies: [a] }
`;

/** Values that fit the form of `RELEASE`. */
export const VALUES = { risk: "low", days: 30 };

/** The id of the gate of a run of `RELEASE`. */
export function approvalOf(runId: string, attempt = 1): string {
  return gateId({ runId, step: "approval", attempt });
}

/** A dashboard that acts through an engine. Each run of the step `design` gives another table. */
export class GateWorld implements AsyncDisposable {
  readonly served: Served;
  readonly engine: WorkflowEngine;
  dashboard: Dashboard;

  private constructor(engine: WorkflowEngine, served: Served) {
    this.engine = engine;
    this.served = served;
    this.dashboard = served.dashboard({ control: engineControl(engine) });
  }

  static async open(): Promise<GateWorld> {
    const served = new Served();
    let tables = 0;
    const engine = await served.engine({
      writer: ({ stepId }) => {
        if (stepId !== "design") return "ok";
        tables += 1;
        return { table: `users v${tables}` };
      },
    });
    return new GateWorld(engine, served);
  }

  /** Runs a workflow until it waits. */
  async paused(source: string): Promise<string> {
    const run = await this.engine.start(source);
    await run.ending;
    return run.id;
  }

  /** The run once the engine no longer works on it. */
  async settled(runId: string, by = this.engine): Promise<RunView> {
    await by.activeRun(runId)?.ending;
    return RunReader.open(this.engine.storage, runId).catchUp().view;
  }

  async answer(id: string, body: object): Promise<{ status: number; body: unknown }> {
    const response = await this.dashboard.request(
      `/api/v1/gates/${encodeURIComponent(id)}/answer`,
      {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: `http://${HOST}` },
        body: JSON.stringify(body),
      },
    );
    return { status: response.status, body: await response.json() };
  }

  read(id: string): Promise<Gate> {
    return this.dashboard.get<Gate>(`/gates/${encodeURIComponent(id)}`);
  }

  list(): Promise<GateList> {
    return this.dashboard.get<GateList>("/gates");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.served[Symbol.asyncDispose]();
  }
}
