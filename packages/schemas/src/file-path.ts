/** What is wrong with a text, as a predicate, and what to do. */
interface Problem {
  readonly message: string;
  readonly remedy: string;
}

const RELATIVE = "write a path relative to the run's directory: `notes/report.md`";

/**
 * Returns what is wrong with the path of a file that a step leaves in the run's directory.
 * Templates in it count as names: what they give is checked when the step runs.
 */
export function fileProblem(path: string): Problem | undefined {
  const parts = path.replace(/(?<!\$)\$\{\{[^}]*\}\}/g, "x").split("/");
  if (parts[0] === "" || /^[A-Za-z]:[\\/]/.test(path))
    return { message: "is an absolute path", remedy: RELATIVE };
  if (parts.includes("..")) return { message: "leaves its folder through `..`", remedy: RELATIVE };
  if (parts[0] === ".axw")
    return { message: "is in `.axw`, which belongs to the engine", remedy: "use another folder" };
  if (parts.at(-1) === "" || parts.at(-1) === ".")
    return { message: "is a folder", remedy: "list its files one by one" };
  return /[*?]/.test(parts.join("/"))
    ? { message: "is a pattern", remedy: "list the files one by one" }
    : undefined;
}
