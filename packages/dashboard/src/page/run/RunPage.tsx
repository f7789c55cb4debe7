import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "../client/call.js";
import { RunStore } from "../client/RunStore.js";
import { useLoaded } from "../shell/load.js";
import { Problem } from "../shell/Problem.jsx";

/** The screen of one run. */
export function RunPage({ run }: { readonly run: string }): VNode {
  const { value, problem, isSlow, reload } = useLoaded(run, async (signal) =>
    RunStore.open(await call("run", { params: { run }, signal })),
  );
  const store = useSignal<RunStore | undefined>(undefined);
  useEffect(() => {
    store.value = value;
    value?.follow();
    return () => value?.close();
  }, [value]);
  if (store.value === undefined) {
    if (problem !== undefined) return <Problem problem={problem} onRetry={reload} />;
    return isSlow ? <p class="dim">loading</p> : <></>;
  }
  return (
    <main id="main">
      <h1>{store.value.row.value.workflowName}</h1>
    </main>
  );
}
