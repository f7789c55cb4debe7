import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { WireEntry } from "../../../src/api/run.schema.ts";
import { ANSWER_MS, Asked } from "../../../src/page/client/Asked.ts";
import { ApiProblem } from "../../../src/page/client/call.ts";

const entry = (type: string): WireEntry => [1, type, 0, null, null, "{}"];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function asked(answer: Promise<{ runId: string }> = Promise.resolve({ runId: "run" })) {
  const sent: unknown[] = [];
  const each = new Asked({ runId: "run" }, (...given) => {
    sent.push(given);
    return answer;
  });
  return { each, sent };
}

describe("Asked.ask", () => {
  test("is asked once the server has accepted, and done when the event arrives", async () => {
    const { each, sent } = asked();
    const answered = each.ask("pause", {});
    expect(each.state.value).toEqual({ verb: "pause", state: "sending" });
    await answered;
    expect(each.state.value).toEqual({ verb: "pause", state: "asked", runId: "run" });
    each.see(entry("step_completed"));
    expect(each.state.value?.state).toBe("asked");
    each.see(entry("pause_workflow"));
    expect(each.state.value?.state).toBe("done");
    expect(sent).toEqual([["pause", "run", {}]]);
    vi.advanceTimersByTime(ANSWER_MS);
    expect(each.state.value?.state).toBe("done");
  });

  test("is done if the event arrives before the answer", async () => {
    const { each } = asked();
    const answered = each.ask("checkpoint", {});
    each.see(entry("checkpoint_created"));
    await answered;
    expect(each.state.value?.state).toBe("done");
  });

  test("is silent if no event arrives within 10 s, and done if it arrives later", async () => {
    const { each } = asked();
    await each.ask("cancel", {});
    vi.advanceTimersByTime(ANSWER_MS - 1);
    expect(each.state.value?.state).toBe("asked");
    vi.advanceTimersByTime(1);
    expect(each.state.value?.state).toBe("silent");
    each.see(entry("cancel_workflow"));
    expect(each.state.value?.state).toBe("done");
  });

  test("keeps why the server has refused", async () => {
    const problem = new ApiProblem(409, { code: "event_refused", message: "It has ended." });
    const { each } = asked(Promise.reject(problem));
    await expect(each.ask("cancel", {})).resolves.toBeUndefined();
    expect(each.state.value).toEqual({ verb: "cancel", state: "refused", problem });
    each.forget();
    expect(each.state.value).toBeUndefined();
  });

  test("is done at once for a fork, which is a run of its own", async () => {
    const { each } = asked(Promise.resolve({ runId: "other" }));
    await each.ask("fork", {});
    expect(each.state.value).toEqual({ verb: "fork", state: "done", runId: "other" });
  });
});
