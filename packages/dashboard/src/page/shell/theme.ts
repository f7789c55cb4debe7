import { effect } from "@preact/signals";
import { stored } from "./stored.js";

/** The themes to choose from; `system` follows the operating system. */
export const THEMES = ["system", "light", "dark"] as const;

/** The theme that was chosen in this browser. */
export const theme = stored("axw-theme", THEMES, "system");

/** Keeps the document in the chosen theme. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}
