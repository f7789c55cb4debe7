import type { RefObject } from "preact";
import type { RunStore } from "../client/RunStore.js";
import { announce } from "../shell/announce.js";
import { useKeys } from "../shell/keys.js";
import { selectedStep } from "./selection.js";
import { nextPath } from "./steps/row-moves.js";
import type { StepList } from "./steps/StepList.js";
import type { GridControl } from "./steps/use-grid-moves.js";

/** The keys that move in the list of steps, wherever the focus is. */
export function useStepKeys(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly control: RefObject<GridControl | null>;
}): void {
  const { list, control } = props;
  const next = (isWanted: (path: string) => boolean, none: string): void => {
    const path = nextPath(list.table.order, selectedStep.peek(), isWanted);
    if (path === undefined) announce(none);
    else control.current?.show(path, { hasFocus: true });
  };
  const isFailed = (path: string): boolean => {
    const step = list.table.get(path);
    return step?.kind === undefined && step?.status === "failed";
  };
  const asks = (path: string): boolean => {
    const step = list.table.get(path);
    if (step?.status === "unknown") return true;
    return step?.status === "open" && ["gate", "signal"].includes(step.waitingFor ?? "");
  };
  useKeys(
    [
      { keys: "j", label: "Next step", run: () => control.current?.move("down") },
      { keys: "k", label: "Step before", run: () => control.current?.move("up") },
      {
        keys: "h",
        label: "Fold, or go to what is around",
        run: () => control.current?.move("left"),
      },
      { keys: "l", label: "Unfold, or go inside", run: () => control.current?.move("right") },
      {
        keys: "Enter",
        label: "Go to the selected step's details",
        run: () => control.current?.enter(),
      },
      { keys: "f", label: "Next failure", run: () => next(isFailed, "No step has failed.") },
      { keys: "n", label: "Next step that needs you", run: () => next(asks, "No step needs you.") },
      {
        keys: "Escape",
        label: "Back to the list of steps",
        run: () => {
          const path = selectedStep.peek();
          if (path !== undefined) control.current?.show(path, { hasFocus: true });
        },
      },
    ],
    "Steps",
  );
}
