import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { Workflow } from "../../api/workflow.schema.js";
import { CopyButton } from "../shell/Command.jsx";
import { changeQuery, query } from "../shell/location.js";
import { SourceDiff } from "./SourceDiff.jsx";
import { SourceText } from "./SourceText.jsx";
import { type ShownSource, shownSource } from "./shown-source.js";

/** The text of a workflow: on disk, of a stored version, or the difference between two. */
export function SourceCard(props: { readonly id: string; readonly workflow: Workflow }): VNode {
  const { id, workflow } = props;
  const { onDisk, stored, file } = workflow;
  const shown = shownSource(workflow, query.value);
  const selected = useSignal<number | undefined>(Number(query.value.get("line")) || undefined);
  const line = selected.value ?? onDisk?.issues[0]?.line ?? 1;
  return (
    <div class="card" id="source">
      <div class="card-h">
        <h2>Source</h2>
        <code class="dim cut">{file ?? ""}</code>
        <span class="grow" />
        <fieldset class="seg status-filter" aria-label="Version">
          {sourceChoices(workflow, shown).map(({ label, source, changes }) => (
            <button
              key={source}
              type="button"
              aria-pressed={shown.source === source}
              onClick={() => changeQuery(changes)}
            >
              {label}
            </button>
          ))}
        </fieldset>
      </div>
      {shown.source === "change" ? (
        <SourceDiff id={id} from={shown.from} to={shown.to} />
      ) : (
        <>
          <SourceText
            key={shown.source}
            source={sourceText(workflow, shown.source)}
            issues={shown.source === "disk" ? (onDisk?.issues ?? []) : []}
            selected={selected.value}
            onSelect={(chosen) => {
              selected.value = chosen;
              changeQuery({ line: String(chosen) });
            }}
          />
          <div class="foot">
            <span>{formatOf(stored, shown.source)}</span>
            <span class="grow" />
            {file !== undefined && shown.source === "disk" && (
              <CopyButton text={`${file}:${line}`} class="btn small">
                Copy {file.split("/").at(-1)}:{line}
              </CopyButton>
            )}
          </div>
        </>
      )}
    </div>
  );
}

interface Choice {
  readonly label: string;
  readonly source: string;
  readonly changes: Readonly<Record<string, string | undefined>>;
}

function sourceChoices(
  { onDisk, stored }: Pick<Workflow, "onDisk" | "stored">,
  shown: ShownSource,
): readonly Choice[] {
  const version = stored.find(({ hash }) => hash === shown.source) ?? stored[0];
  const choice = (label: string, source: string): Choice => ({
    label,
    source,
    changes: { source, line: undefined },
  });
  return [
    ...(onDisk === null ? [] : [choice("On disk", "disk")]),
    ...(version === undefined ? [] : [choice(version.version, version.hash)]),
    ...(shown.from === shown.to ? [] : [choice("Change", "change")]),
  ];
}

function sourceText({ onDisk, stored }: Workflow, source: string): string {
  return source === "disk"
    ? (onDisk?.source ?? "")
    : (stored.find(({ hash }) => hash === source)?.source ?? "");
}

function formatOf(stored: Workflow["stored"], source: string): string {
  const version = stored.find(({ hash }) => hash === source);
  return version === undefined ? "" : `stored with its runs, ${version.hash.slice(0, 6)}`;
}
