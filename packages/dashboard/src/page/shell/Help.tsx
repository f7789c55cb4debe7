import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { liveStream } from "../client/stream.js";
import { Dialog } from "./Dialog.jsx";
import { isCharacters, type KeyBinding, keyName } from "./KeySequence.js";
import { areKeysOn, keyGroups } from "./keys.js";
import { THEMES, theme } from "./theme.js";

/** Whether the help is shown. */
export const isHelpOpen = signal(false);

/** The keys of the screen, and the settings of this browser. */
export function Help(): VNode | null {
  if (!isHelpOpen.value) return null;
  const groups = Map.groupBy(keyGroups.value, ({ title }) => title);
  const close = (): void => {
    isHelpOpen.value = false;
  };
  return (
    <Dialog title="Keys and settings" onClose={close} isWide>
      <div class="help">
        {[...groups].map(([title, parts]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl class="keys">
              {parts
                .flatMap(({ bindings }) => bindings)
                .map((binding) => (
                  <KeyRow key={binding.keys} binding={binding} />
                ))}
            </dl>
          </section>
        ))}
        <Settings />
      </div>
      <p class="foot">
        <span>axw {liveStream.pulse.value?.version ?? ""}</span>
        <span class="grow" />
        <code class="cut">{liveStream.pulse.value?.database ?? ""}</code>
      </p>
    </Dialog>
  );
}

function KeyRow({ binding: { keys, label } }: { readonly binding: KeyBinding }): VNode {
  const isOff = areKeysOn.value === "off" && isCharacters(keys);
  return (
    <div class={isOff ? "dimmer" : ""}>
      <dt>
        {keys.split(" ").map((key) => (
          <kbd key={key}>{keyName(key)}</kbd>
        ))}
      </dt>
      <dd>
        {label}
        {isOff && " (off)"}
      </dd>
    </div>
  );
}

function Settings(): VNode {
  return (
    <section>
      <h3>Settings of this browser</h3>
      <fieldset class="f">
        <legend>Theme</legend>
        <span class="seg">
          {THEMES.map((name) => (
            <label key={name}>
              <input
                class="vh"
                type="radio"
                name="theme"
                checked={theme.value === name}
                onChange={() => {
                  theme.value = name;
                }}
              />
              {name}
            </label>
          ))}
        </span>
      </fieldset>
      <label class="opt">
        <input
          type="checkbox"
          checked={areKeysOn.value === "on"}
          onChange={({ currentTarget }) => {
            areKeysOn.value = currentTarget.checked ? "on" : "off";
          }}
        />
        Keys of a single character
      </label>
    </section>
  );
}
