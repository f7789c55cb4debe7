import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask } from "./ask.js";
import { isCharacters, type KeyBinding, KeySequence } from "./KeySequence.js";
import { stored } from "./stored.js";

/** A group of keys, as the help lists it. */
interface KeyGroup {
  readonly title: string;
  readonly bindings: readonly KeyBinding[];
}

/** Whether keys of single characters do anything: a setting of this browser. */
export const areKeysOn = stored("axw-keys", ["on", "off"], "on");

/** The keys of what is mounted at present; those of the inner parts come last and take precedence. */
export const keyGroups = signal<readonly KeyGroup[]>([]);

/** Binds keys for as long as a component is mounted. The help lists them under `title`. */
export function useKeys(bindings: readonly KeyBinding[], title = "On this screen"): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  const names = bindings.map(({ keys, label }) => `${keys}\n${label}`).join("\n");
  useEffect(() => {
    // The functions are looked up when a key is pressed: those of the latest rendering.
    const group: KeyGroup = {
      title,
      bindings: bindings.map((binding) => ({
        ...binding,
        run: (event) => latest.current.find(({ keys }) => keys === binding.keys)?.run(event),
      })),
    };
    keyGroups.value = [...keyGroups.peek(), group];
    return () => {
      keyGroups.value = keyGroups.peek().filter((each) => each !== group);
    };
  }, [names, title]);
}

const sequence = new KeySequence();

/** Listens for keys, until the returned function is called. */
export function listenForKeys(): () => void {
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || hasModifier(event)) return;
  if (isWrittenTo(event) || document.querySelector("dialog[open]") !== null) return;
  const bindings = keyGroups
    .peek()
    .flatMap((group) => group.bindings)
    .filter(({ keys }) => areKeysOn.peek() === "on" || !isCharacters(keys));
  const binding = sequence.press(event.key, event.timeStamp, bindings);
  if (binding === undefined) return;
  event.preventDefault();
  if (binding.changesRun === true) void askFirst(binding, event);
  else binding.run(event);
}

async function askFirst(binding: KeyBinding, event: KeyboardEvent): Promise<void> {
  const isMeant = await ask({
    title: `${binding.label}?`,
    text: `You pressed “${binding.keys}”. This changes the run.`,
    verb: binding.label,
  });
  if (isMeant) binding.run(event);
}

function hasModifier({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey;
}

/** Whether a key belongs to the element that has the focus. */
function isWrittenTo({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return key !== "Escape";
  if (target instanceof HTMLInputElement) {
    const isChoice = ["checkbox", "radio", "button"].includes(target.type);
    return isChoice ? !isCharacters(key) || key === " " : key !== "Escape";
  }
  const isPressed = key === "Enter" || key === " ";
  return isPressed && target.matches("a[href], button, summary, [role=button], [role=tab]");
}
