import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "../client/call.js";
import { takeEarly } from "../client/early-run.js";
import { RunStore } from "../client/RunStore.js";
import { useLoaded } from "../shell/load.js";
import { Problem } from "../shell/Problem.jsx";
import { useKeptFocus } from "../shell/use-kept-focus.js";
import { RunPanes } from "./RunPanes.jsx";
import { RunShape } from "./RunShape.jsx";

/** The screen of one run. */
export function RunPage({ run }: { readonly run: string }): VNode {
  const { value, problem, isSlow, reload } = useLoaded(run, async (signal) =>
    RunStore.open(await (takeEarly(run) ?? call("run", { params: { run }, signal }))),
  );
  useEffect(() => {
    value?.follow();
    return () => value?.close();
  }, [value]);
  useKeptFocus(value ?? problem);
  if (value !== undefined) return <RunPanes store={value} />;
  if (problem === undefined) return <RunShape isShown={isSlow} />;
  return (
    <main class="page" id="main" tabIndex={-1}>
      <Problem problem={problem} onRetry={reload} />
    </main>
  );
}
