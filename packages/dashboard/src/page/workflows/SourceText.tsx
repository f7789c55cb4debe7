import { count } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Issue } from "../../api/workflow.schema.js";
import { CopyButton } from "../shell/Command.jsx";
import { Icon } from "../shell/Icons.jsx";
import { useKeys } from "../shell/keys.js";
import { Prose } from "../shell/Prose.jsx";
import { lookOf } from "../shell/status-looks.js";
import { issueTitle, markOf, placeIssues } from "./issue-marks.js";
import { visibleSource } from "./visible-source.js";
import { type Token, withMark, YamlTokens } from "./yaml-tokens.js";

/** More lines are shown when they are asked for. */
const MAX_LINES = 2000;

/** The text of a workflow with its problems, each below its line. */
export function SourceText(props: {
  readonly source: string;
  readonly issues: readonly Issue[];
  readonly selected: number | undefined;
  readonly onSelect: (line: number) => void;
}): VNode {
  const { source, issues, selected, onSelect } = props;
  const lines = useMemo(() => tokensOf(source), [source]);
  const { unplaced, byLine } = placeIssues(issues, lines.length);
  const isWhole = useSignal(lines.length <= MAX_LINES);
  const box = useRef<HTMLDivElement>(null);
  const show = (line: number): void =>
    box.current?.querySelector(`[data-line="${line}"]`)?.scrollIntoView({ block: "center" });
  useEffect(() => {
    if (selected !== undefined) show(selected);
  }, []);
  const withProblems = [...byLine.keys()].sort((a, b) => a - b);
  useKeys([
    {
      keys: "f",
      label: "Next problem of the file",
      run: () => {
        const next = withProblems.find((line) => line > (selected ?? 0)) ?? withProblems[0];
        if (next === undefined) return;
        onSelect(next);
        show(next);
      },
    },
  ]);
  const shown = isWhole.value ? lines : lines.slice(0, MAX_LINES);
  const label = issues.length === 0 ? "Source" : `Source with ${count(issues.length, "problem")}`;
  return (
    <div class="src" ref={box} tabIndex={0} role="region" aria-label={label}>
      {unplaced.map((issue) => (
        <Diagnostic key={`${issue.code} ${issue.message}`} issue={issue} />
      ))}
      {shown.map((line, index) => (
        <Line
          key={index}
          number={index + 1}
          line={line}
          issues={byLine.get(index + 1) ?? NONE}
          isSelected={selected === index + 1}
          onSelect={onSelect}
        />
      ))}
      {!isWhole.value && (
        <button
          type="button"
          class="btn small more-lines"
          onClick={() => {
            isWhole.value = true;
          }}
        >
          Show {count(lines.length - MAX_LINES, "more line")}
        </button>
      )}
    </div>
  );
}

const NONE: readonly Issue[] = [];

interface SourceLine {
  readonly text: string;
  readonly tokens: readonly Token[];
}

function tokensOf(source: string): readonly SourceLine[] {
  const reader = new YamlTokens();
  const lines = source
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map((line) => visibleSource(shortened(line)));
  return lines.map((text) => ({ text, tokens: reader.next(text) }));
}

/** A longer line is cut, in characters: a program may write a whole workflow on one. */
const MAX_LINE = 5000;

function shortened(line: string): string {
  if (line.length <= MAX_LINE) return line;
  return `${line.slice(0, MAX_LINE)}… ${count(line.length - MAX_LINE, "more character")}`;
}

function Line(props: {
  readonly number: number;
  readonly line: SourceLine;
  readonly issues: readonly Issue[];
  readonly isSelected: boolean;
  readonly onSelect: (line: number) => void;
}): VNode {
  const { number, line, issues, isSelected, onSelect } = props;
  const worst = issues.find(({ severity }) => severity === "error") ?? issues[0];
  const look = worst === undefined ? "" : worst.severity === "error" ? "ln-e" : "ln-w";
  return (
    <>
      {/* biome-ignore lint/a11y: the key f goes to the lines with problems. */}
      <span
        class={`${look} ${isSelected ? "ln-s" : ""}`}
        data-line={number}
        onClick={() => onSelect(number)}
      >
        <i>{number}</i>
        <code>{worst === undefined ? plain(line) : marked(line, worst)}</code>
      </span>
      {issues.map((issue) => (
        <Diagnostic key={`${issue.code} ${issue.message}`} issue={issue} />
      ))}
    </>
  );
}

function plain({ tokens }: SourceLine): readonly (VNode | string)[] {
  return tokens.map(({ text, class: name }, index) =>
    name === "" ? (
      text
    ) : (
      <span key={index} class={name}>
        {text}
      </span>
    ),
  );
}

function marked(line: SourceLine, issue: Issue): readonly VNode[] {
  const [from, to] = markOf(issue, line.text);
  const look = issue.severity === "error" ? "sq-e" : "sq-w";
  return withMark(line.tokens, from, to).map(({ text, class: name, isMarked }, index) => (
    <span key={index} class={isMarked ? `${name} ${look}` : name}>
      {text}
    </span>
  ));
}

function Diagnostic({ issue }: { readonly issue: Issue }): VNode {
  const { severity, message, remedy, fix } = issue;
  const { icon, tone } = lookOf(severity);
  return (
    <div class={`diag ${tone}`}>
      <Icon name={icon} tone={tone} />
      <p>
        <b>{issueTitle(issue)}</b> <Prose text={message} />
        {remedy !== undefined && (
          <span class="dim">
            {message.endsWith(".") ? " " : "; "}
            <Prose text={remedy} />
          </span>
        )}
      </p>
      {fix !== undefined && (
        <CopyButton text={fix} label={`Copy the fix ${fix}`} class="btn small">
          Copy fix
        </CopyButton>
      )}
    </div>
  );
}
