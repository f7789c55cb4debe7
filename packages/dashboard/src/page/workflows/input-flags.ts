import { shellWord } from "../shell/shell-word.js";

/** The flags that give inputs to a run: `--input feature=login --input days=3`. */
export function inputFlags(inputs: Readonly<Record<string, unknown>>): string {
  return Object.entries(inputs)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return ` --input ${shellWord(`${name}=${text}`)}`;
    })
    .join("");
}
