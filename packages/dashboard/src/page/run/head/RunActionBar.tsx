import { shortId } from "@automatosx/run-view";
import { useComputed, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { RunVerb } from "../../client/Asked.js";
import {
  areNotificationsOn,
  showNotifications,
  switchNotifications,
} from "../../client/notifications.js";
import type { RunStore } from "../../client/RunStore.js";
import { liveStream } from "../../client/stream.js";
import { announce } from "../../shell/announce.js";
import { ask } from "../../shell/ask.js";
import { Icon } from "../../shell/Icons.jsx";
import { useKeys } from "../../shell/keys.js";
import { navigate } from "../../shell/location.js";
import { typedAxw } from "../../shell/typed-axw.js";
import { costText, sumOf } from "../steps/costs.js";
import type { StepList } from "../steps/StepList.js";
import { ActionButton } from "./ActionButton.jsx";
import { CheckpointDialog } from "./CheckpointDialog.jsx";
import { exportJournal } from "./export-journal.js";
import { type MenuItem, MoreMenu } from "./MoreMenu.jsx";
import { askedText, type VerbButton, verbButtons } from "./run-verbs.js";

/** How long a finished command is named, in ms. */
const SHOWN_MS = 4000;

/** The buttons that change the run, and what became of the last one. */
export function RunActionBar(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly isOwned: boolean;
}): VNode {
  const { store, list, isOwned } = props;
  useEffect(showNotifications, []);
  const choosing = useSignal<"restore" | "fork" | undefined>(undefined);
  const isDisconnected = useComputed(() => {
    const { is } = liveStream.state.value;
    return is === "lost" || is === "refused";
  });
  const { buttons, menu } = verbButtons(store.live.status, !isOwned, store.actions.value, {
    isPast: store.at.value !== undefined,
    isDisconnected: isDisconnected.value,
    failedCost: failedCost(store, list),
  });
  const asking = store.asked.state.value;
  const busy = asking?.state === "sending" || asking?.state === "asked" ? asking.verb : undefined;

  const press = async ({ verb, action }: VerbButton): Promise<void> => {
    if (verb === "restore" || verb === "fork") {
      choosing.value = verb;
      return;
    }
    if (verb === "cancel") {
      const isMeant = await ask({
        title: "Cancel the run?",
        text: "Its running attempts are stopped, and it cannot be resumed. Results that it has stay.",
        verb: "Cancel the run",
        command: action.command,
        isDangerous: true,
      });
      if (!isMeant) return;
    }
    await send(store, verb);
  };
  const all = [...buttons, ...menu];
  useRunKeys(all, press);
  const items = [
    ...buttons.map((button) => ({ ...itemOf(button, press), isOnlyNarrow: true })),
    ...menu.map((button) => itemOf(button, press)),
    ...otherItems(store),
  ];
  return (
    <>
      <AskedState store={store} />
      {buttons.map((button) => (
        <ActionButton
          key={button.verb}
          button={button}
          isBusy={busy === button.verb}
          onPress={() => void press(button)}
          class={button.verb === "pause" || button.verb === "resume" ? "" : "hide-narrow"}
        />
      ))}
      <MoreMenu label="More that can be done with the run" items={items} />
      {choosing.value !== undefined && (
        <CheckpointDialog
          store={store}
          verb={choosing.value}
          onClose={() => {
            choosing.value = undefined;
          }}
        />
      )}
    </>
  );
}

/** What can be done with the page, and changes nothing. */
function otherItems(store: RunStore): readonly MenuItem[] {
  return [
    {
      label: areNotificationsOn.value === "on" ? "Notify me no longer" : "Notify me",
      icon: "gates",
      about: "when a question waits or a run ends, while this tab is hidden",
      onChoose: () => void notify(),
    },
    {
      label: "Compare…",
      icon: "workflow",
      about: "with another run",
      onChoose: () => navigate(`/compare?left=${encodeURIComponent(shortId(store.runId))}`),
    },
    {
      label: "Export the journal",
      icon: "down",
      command: typedAxw("events", shortId(store.runId), "--json"),
      onChoose: () => void exportJournal(store),
    },
  ];
}

async function notify(): Promise<void> {
  const outcome = await switchNotifications();
  announce(
    outcome === "refused"
      ? "The browser does not allow notifications of this page."
      : `Notifications are ${outcome}.`,
  );
}

/** Sends a command that needs no further choice. */
async function send(store: RunStore, verb: RunVerb): Promise<void> {
  if (verb === "retry") await store.asked.ask("retry", { steps: "failed" });
  else if (verb === "restore" || verb === "fork") return;
  else await store.asked.ask(verb, {});
}

function itemOf(button: VerbButton, press: (button: VerbButton) => Promise<void>): MenuItem {
  const { label, icon, isDangerous, about, action } = button;
  const because = action.can ? undefined : (action.because ?? "This cannot be done now.");
  return {
    ...{ label, icon, because, about, command: action.command },
    ...(isDangerous === true && { isDangerous }),
    onChoose: () => void press(button),
  };
}

function useRunKeys(
  buttons: readonly VerbButton[],
  press: (button: VerbButton) => Promise<void>,
): void {
  const bindings = buttons.flatMap((button) => {
    const { keys, label, action } = button;
    if (keys === undefined) return [];
    const run = (): void => {
      if (action.can) void press(button);
      else announce(action.because ?? "This cannot be done now.");
    };
    return [{ keys, label, run, changesRun: action.can }];
  });
  useKeys(bindings, "Run");
}

/** What the failed attempts have used: another try may use as much. */
function failedCost(store: RunStore, list: StepList): string {
  if (store.live.status !== "failed") return "";
  const failed = list
    .steps()
    .filter(({ status, kind }) => status === "failed" && kind === undefined);
  return costText(sumOf(failed.map(({ id }) => store.usedBy(id))), list.column);
}

/** What became of the last command. */
function AskedState({ store }: { readonly store: RunStore }): VNode | null {
  const asking = store.asked.state.value;
  useEffect(() => {
    if (asking === undefined) return;
    announce(askedText(asking, store.row.peek().owner));
    if (asking.state !== "done") return;
    const timer = setTimeout(() => store.asked.forget(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [asking]);
  if (asking === undefined) return null;
  const text = askedText(asking, store.row.value.owner);
  const tone = asking.state === "refused" ? "fail" : asking.state === "silent" ? "wait" : "dim";
  const { problem, runId } = asking;
  return (
    <span class={`asked ${tone}`} title={problem?.body.remedy ?? text}>
      <span class="cut">{text}</span>
      {asking.verb === "fork" && asking.state === "done" && runId !== undefined && (
        <a href={`/runs/${encodeURIComponent(runId)}`}>Open the fork</a>
      )}
      {(asking.state === "refused" || asking.state === "silent") && (
        <button
          type="button"
          class="btn quiet icon small"
          aria-label="Forget this"
          onClick={() => store.asked.forget()}
        >
          <Icon name="failed" />
        </button>
      )}
    </span>
  );
}
