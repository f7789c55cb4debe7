import { useSignal, useSignalEffect } from "@preact/signals";
import type { VNode } from "preact";
import { ApiProblem, call } from "../client/call.js";
import { RunStore } from "../client/RunStore.js";

/** The screen of one run. */
export function RunPage({ run }: { readonly run: string }): VNode {
  const store = useSignal<RunStore | ApiProblem | undefined>(undefined);
  useSignalEffect(() => {
    const stopped = new AbortController();
    call("run", { params: { run }, signal: stopped.signal }).then(
      (answer) => {
        store.value = new RunStore(answer);
      },
      (error: unknown) => {
        if (error instanceof ApiProblem) store.value = error;
      },
    );
    return () => stopped.abort();
  });
  const shown = store.value;
  if (shown === undefined) return <p>loading</p>;
  if (shown instanceof ApiProblem) return <p role="alert">{shown.message}</p>;
  return (
    <main>
      <h1>{shown.row.value.workflowName}</h1>
      <p>{shown.view.status}</p>
    </main>
  );
}
