import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./write-page.ts";

const INDEX = "packages/rescript-core/src/index.ts";
const RE_EXPORT = /export (?:type )?\{([^}]*)\} from ["'].*\/(\w+)\.gen\.js["'];/g;

/**
 * Maps the names of the generated bindings, such as `Step.info` and `Context_t`, to the public
 * names in the core's index.
 */
function readPublicNames(): ReadonlyMap<string, string> {
  const index = readFileSync(path.join(root, INDEX), "utf8");
  return new Map(
    [...index.matchAll(RE_EXPORT)].flatMap(([, names = "", module = ""]) =>
      [...names.matchAll(/(\w+) as (\w+)/g)].flatMap(([, original = "", alias = ""]) => [
        [`${module}.${original}`, alias] as const,
        ...(original.includes("_") ? [[original, alias] as const] : []),
      ]),
    ),
  );
}

let known: ReadonlyMap<string, string> | undefined;

/** Replaces the names of the generated bindings in a declaration by the public ones. */
export function withPublicNames(code: string): string {
  known ??= readPublicNames();
  const names = known;
  const publicNames = new Set(names.values());
  // `Context_stepInfo` is an alias used inside the bindings for `StepInfo`.
  const nameOf = (generated: string): string => {
    const last = generated.split("_").at(-1) ?? "";
    const likely = last.slice(0, 1).toUpperCase() + last.slice(1);
    return names.get(generated) ?? (publicNames.has(likely) ? likely : generated);
  };
  return code
    .replace(
      /import\("[^"]*\/(\w+)\.gen\.js"\)\.(\w+)/g,
      (whole, module: string, name: string) => names.get(`${module}.${name}`) ?? whole,
    )
    .replace(/\bgenerated\.(?=\w)/g, "")
    .replace(/\b[A-Z]\w*_[a-z]\w*\b/g, nameOf);
}
