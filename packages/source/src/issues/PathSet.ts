type Path = readonly (string | number)[];

interface Branch {
  isIncluded: boolean;
  readonly children: Map<string | number, Branch>;
}

/**
 * A set of paths. To add or to find a path takes time that depends on its depth, not on the length
 * of its keys.
 */
export class PathSet {
  readonly #root = branch();
  #isEmpty = true;

  add(path: Path): void {
    let at = this.#root;
    for (const step of path) {
      const known = at.children.get(step);
      const next = known ?? branch();
      if (known === undefined) at.children.set(step, next);
      at = next;
    }
    at.isIncluded = true;
    this.#isEmpty = false;
  }

  has(path: Path): boolean {
    return !this.#isEmpty && this.#find(path)?.isIncluded === true;
  }

  /** Returns whether the set has the path, or a path that begins it. */
  hasStartOf(path: Path): boolean {
    if (this.#isEmpty) return false;
    let at: Branch | undefined = this.#root;
    for (const step of path) {
      if (at.isIncluded) return true;
      at = at.children.get(step);
      if (at === undefined) return false;
    }
    return at.isIncluded;
  }

  #find(path: Path): Branch | undefined {
    let at: Branch | undefined = this.#root;
    for (const step of path) at = at?.children.get(step);
    return at;
  }
}

function branch(): Branch {
  return { isIncluded: false, children: new Map() };
}
