import { type Signal, signal } from "@preact/signals";

/**
 * Returns a setting that this browser keeps: one of `values`. Without storage it lasts as long as
 * the page.
 */
export function stored<Value extends string>(
  name: string,
  values: readonly Value[],
  initial: Value,
): Signal<Value> {
  const setting = signal(read(name, values) ?? initial);
  let last = setting.value;
  setting.subscribe((value) => {
    if (value === last) return;
    last = value;
    try {
      localStorage.setItem(name, value);
    } catch {
      // The browser keeps nothing for this page.
    }
  });
  return setting;
}

function read<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
  try {
    const text = localStorage.getItem(name);
    return values.find((value) => value === text);
  } catch {
    return undefined;
  }
}
