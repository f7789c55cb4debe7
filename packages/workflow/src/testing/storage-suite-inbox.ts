import { type Check, type Expect, write } from "./storage-suite-fixture.js";

/** Commands to the owner of a run. */
export function commands(check: Check, expect: Expect): void {
  check(
    "are pending for the owner of the run, oldest first, until they are answered",
    (storage) => {
      const pause = { runId: "r1", verb: "pause", argument: "{}", sentAt: 12 } as const;
      const save = {
        runId: "r1",
        verb: "checkpoint",
        argument: '{"name":"x"}',
        sentAt: 11,
      } as const;
      const [first, second] = [storage.sendCommand(pause), storage.sendCommand(save)];
      expect(storage.pendingCommands("engine-1")).toEqual([
        { ...pause, commandId: first },
        { ...save, commandId: second },
      ]);
      expect([storage.pendingCommands("engine-2"), storage.commandAnswer(first)]).toEqual([
        [],
        undefined,
      ]);
      storage.answerCommand(first, "ok:", 13);
      storage.answerCommand(first, "too late", 14);
      expect(storage.pendingCommands("engine-1").map((command) => command.commandId)).toEqual([
        second,
      ]);
      expect(storage.commandAnswer(first)).toEqual("ok:");
    },
  );
}

/** The output of agents. */
export function logs(check: Check, expect: Expect): void {
  const chunk = (stepId: string, text: string) =>
    ({ runId: "r1", stepId, attemptNumber: 1, stream: "stderr", at: 11, text }) as const;
  check("are read by run and step, from behind a position", (storage) => {
    write(storage, {
      logs: [
        chunk("a", "one"),
        chunk("b", "two"),
        chunk("a", "three"),
        { ...chunk("a", "lost"), runId: "nowhere" },
      ],
    });
    const all = storage.readLogs("r1");
    expect(all.map(({ id: _, ...rest }) => rest)).toEqual([
      chunk("a", "one"),
      chunk("b", "two"),
      chunk("a", "three"),
    ]);
    expect(storage.readLogs("r1", "a").map(({ text }) => text)).toEqual(["one", "three"]);
    expect(storage.readLogs("r1", "a", all[0]?.id ?? 0).map(({ text }) => text)).toEqual(["three"]);
  });
  check("are read in pages of a given length, of at least one chunk each", (storage) => {
    write(storage, { logs: ["one", "two", "three", "four"].map((text) => chunk("a", text)) });
    const pages: string[][] = [];
    for (let afterId = 0; ; ) {
      const page = storage.readLogs("r1", undefined, afterId, 5);
      if (page.length === 0) break;
      pages.push(page.map(({ text }) => text));
      afterId = page.at(-1)?.id ?? 0;
    }
    expect(pages).toEqual([["one", "two"], ["three"], ["four"]]);
    const [first, second] = storage.readLogs("r1");
    write(storage, { logs: [chunk("b", "five"), chunk("a", "six")] });
    expect(
      [first, second].map((each) => storage.readLogs("r1", undefined, each?.id).length),
    ).toEqual([5, 4]);
    expect(storage.readLogs("r1", "a", 0, 0).map(({ text }) => text)).toEqual(["one"]);
  });
  check("are read by attempt", (storage) => {
    write(storage, {
      logs: [
        chunk("a", "one"),
        { ...chunk("a", "again"), attemptNumber: 2 },
        chunk("b", "other"),
        chunk("a", "two"),
      ],
    });
    const textsOf = (attempt: number): string[] =>
      storage.readLogs("r1", "a", 0, 100, attempt).map(({ text }) => text);
    expect([1, 2, 3].map(textsOf)).toEqual([["one", "two"], ["again"], []]);
  });
  check("are read from the end of a step, a few chunks and their last characters", (storage) => {
    write(storage, {
      logs: [chunk("a", "one"), chunk("b", "other"), chunk("a", "two"), chunk("a", "three 🙂")],
    });
    expect([
      storage.lastLogs("r1", "a", 2, 100),
      storage.lastLogs("r1", "a", 9, 3).map(({ text }) => text),
      storage.lastLogs("r1", "nowhere", 9, 100),
      storage.lastLogs("nowhere", "a", 9, 100),
    ]).toEqual([[chunk("a", "two"), chunk("a", "three 🙂")], ["one", "two", "e 🙂"], [], []]);
  });
  check("of an attempt end at 10 MB with one notice", (storage) => {
    // Places a two-byte character across the limit: it must not be cut in half.
    const text = `x${"ü".repeat(512 * 1024)}`;
    for (let count = 0; count < 12; count += 1) write(storage, { logs: [chunk("a", text)] });
    write(storage, { logs: [chunk("b", "of another step")] });
    const kept = storage
      .readLogs("r1", "a")
      .map((row) => row.text)
      .join("");
    const notice = kept.slice(kept.indexOf("\n"));
    expect([
      Buffer.byteLength(kept) - Buffer.byteLength(notice) <= 10 * 1024 * 1024,
      kept.length > 5 * 1024 * 1024 - 2,
      notice.split("10 MB").length,
    ]).toEqual([true, true, 2]);
    expect(storage.readLogs("r1", "b").length).toEqual(1);
  });
}
