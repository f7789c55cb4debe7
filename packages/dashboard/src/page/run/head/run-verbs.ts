import type { RunStatus } from "@automatosx/schemas";
import type { Action, RunActions } from "../../../api/run.schema.js";
import type { Asking, RunVerb } from "../../client/Asked.js";
import type { IconName } from "../../shell/Icons.jsx";

/** What can be done with the run, as a button shows it. */
export interface VerbButton {
  readonly verb: RunVerb;
  readonly label: string;
  readonly icon: IconName;
  readonly keys?: string;
  readonly isDangerous?: boolean;
  readonly action: Action;
  /** What it may cost. */
  readonly about?: string;
}

/** What concerns the buttons besides the run's actions. */
export interface Hindrance {
  readonly isPast: boolean;
  readonly isDisconnected: boolean;
  /** What the failed attempts have used; empty if it is not known. */
  readonly failedCost?: string;
}

const LOOKS: Readonly<
  Record<RunVerb, Pick<VerbButton, "label" | "icon" | "keys" | "isDangerous">>
> = {
  checkpoint: { label: "Checkpoint", icon: "flag", keys: "c" },
  pause: { label: "Pause", icon: "pause", keys: "p" },
  resume: { label: "Resume", icon: "play" },
  cancel: { label: "Cancel…", icon: "stop", isDangerous: true },
  retry: { label: "Retry failed", icon: "retry" },
  restore: { label: "Go back to…", icon: "left" },
  fork: { label: "Fork…", icon: "workflow" },
};

/** The verbs that have a button of their own, by the status of the run; the others are in a menu. */
const SHOWN: Readonly<Record<RunStatus, readonly RunVerb[]>> = {
  running: ["checkpoint", "pause", "cancel"],
  paused: ["checkpoint", "resume", "cancel"],
  failed: ["fork", "retry"],
  completed: ["fork"],
  cancelled: ["fork"],
};

const ORPHANED: readonly RunVerb[] = ["checkpoint", "resume", "cancel"];
const ALL: readonly RunVerb[] = [
  "resume",
  "pause",
  "retry",
  "checkpoint",
  "restore",
  "fork",
  "cancel",
];

/** Returns the buttons of a run, and the items of its menu. */
export function verbButtons(
  status: RunStatus,
  isOrphaned: boolean,
  actions: RunActions,
  hindrance: Hindrance,
): { readonly buttons: readonly VerbButton[]; readonly menu: readonly VerbButton[] } {
  const { failedCost: cost = "" } = hindrance;
  const shown = isOrphaned && status === "running" ? ORPHANED : SHOWN[status];
  const buttonOf = (verb: RunVerb): VerbButton[] => {
    const action = actions[verb];
    return action === undefined
      ? []
      : [
          {
            ...{ verb, ...LOOKS[verb], action: hindered(action, hindrance) },
            ...(verb === "retry" && cost !== "" && { about: `The failed attempts used ${cost}.` }),
          },
        ];
  };
  return {
    buttons: shown.flatMap(buttonOf),
    menu: ALL.filter((verb) => !shown.includes(verb)).flatMap(buttonOf),
  };
}

function hindered(action: Action, { isPast, isDisconnected }: Hindrance): Action {
  if (isPast)
    return { ...action, can: false, because: "An earlier event is shown. Go back to now first." };
  if (isDisconnected)
    return { ...action, can: false, because: "The server does not answer at present." };
  return action;
}

/** What became of a command, as a sentence. */
export function askedText(asking: Asking, owner: { readonly pid: number } | undefined): string {
  const name = LOOKS[asking.verb].label.replace("…", "");
  switch (asking.state) {
    case "sending":
    case "asked":
      return `${name}: asked`;
    case "done":
      return `${name}: done`;
    case "silent":
      return owner === undefined
        ? `${name}: no process answers`
        : `${name}: no answer from process ${owner.pid}`;
    case "refused":
      return `${name}: ${asking.problem?.message ?? "refused"}`;
  }
}
