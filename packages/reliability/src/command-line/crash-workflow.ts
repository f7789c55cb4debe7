interface CrashStep {
  readonly id: string;
  readonly agentId: string;
  readonly task: string;
  readonly dependencies: readonly string[];
}

// Each task contains the results of its dependencies, so every result contains its whole history.
function step(id: string, dependencies: readonly string[], more: object = {}): CrashStep {
  const task =
    dependencies.length === 0
      ? "begin"
      : dependencies.map((each) => `\${{ steps.${each}.output }}`).join(",");
  return { id, agentId: "worker", task, dependencies, ...more };
}

/** Seven steps: a fan-out, a step that is retried, a fan-in with a checkpoint, and two more. */
export const WORKFLOW = {
  id: "crash",
  name: "Crash",
  version: "1.0.0",
  agents: { worker: { command: ["sh", "agent.sh"] } },
  steps: [
    step("plan", []),
    step("left", ["plan"]),
    step("flaky", ["plan"], { retry: { max: 2, backoff: "5ms", jitter: "none" } }),
    step("right", ["plan"]),
    step("merge", ["left", "flaky", "right"], { checkpoint: "merged" }),
    step("review", ["merge"]),
    step("publish", ["review"]),
  ],
} as const;

/**
 * A shell script, since a shell starts fifty times faster than Node. Each time it starts, it
 * appends a line to `calls.txt`, then waits while the file `hold-STEP` exists.
 */
export const AGENT = `printf '%s#%s\\n' "$AX_STEP_ID" "$AX_ATTEMPT_NUMBER" >> calls.txt
while [ -e "hold-$AX_STEP_ID" ]; do sleep 0.02; done
if [ "$AX_STEP_ID#$AX_ATTEMPT_NUMBER" = 'flaky#1' ]; then exit 1; fi
printf '%s(%s)' "$AX_STEP_ID" "$(cat)"
`;

const three = "left(plan(begin)),flaky(plan(begin)),right(plan(begin))";

/** The results of an undisturbed run. */
export const RESULTS = {
  plan: "plan(begin)",
  left: "left(plan(begin))",
  flaky: "flaky(plan(begin))",
  right: "right(plan(begin))",
  merge: `merge(${three})`,
  review: `review(merge(${three}))`,
  publish: `publish(review(merge(${three})))`,
};

/** The calls of an undisturbed run. */
export const CALLS = [
  "plan#1",
  "left#1",
  "flaky#1",
  "flaky#2",
  "right#1",
  "merge#1",
  "review#1",
  "publish#1",
];
