import { count, grouped, shortId } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { Health } from "../../api/house.schema.js";
import { call } from "../client/call.js";
import { runsChanged } from "../client/runs-changed.js";
import { Command } from "../shell/Command.jsx";
import { Icon } from "../shell/Icons.jsx";
import { LoadedPart } from "../shell/LoadedPart.jsx";
import { useLoaded } from "../shell/load.js";
import { Says } from "../shell/Says.jsx";
import { Status } from "../shell/Status.jsx";
import { lookOf, toneClass } from "../shell/status-looks.js";
import { useTitle } from "../shell/title.js";
import { typedAxw } from "../shell/typed-axw.js";
import { byteSize } from "./byte-size.js";

/** The screen that says what is wrong with the database and its runs, and what to do. */
export function HealthScreen(): VNode {
  useTitle("Health");
  const loaded = useLoaded("health", (signal) => call("health", { signal }), runsChanged);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="list-head">
        <h1 class="grow">Health</h1>
        <button type="button" class="btn" onClick={loaded.reload}>
          <Icon name="retry" />
          Check again
        </button>
        <Command text={typedAxw("doctor")} class="hide-narrow" />
      </div>
      <LoadedPart loaded={loaded}>{(health) => <HealthParts health={health} />}</LoadedPart>
    </main>
  );
}

function HealthParts({ health }: { readonly health: Health }): VNode {
  return (
    <div class="wf">
      <div class="stack">
        <Problems problems={health.problems} />
        <Checks checks={health.checks} />
      </div>
      <div class="stack">
        <Database health={health} />
        <Owners owners={health.owners} />
      </div>
    </div>
  );
}

function Problems({ problems }: Pick<Health, "problems">): VNode {
  return (
    <section class="card" aria-labelledby="problems">
      <div class="card-h">
        <h2 id="problems">Problems</h2>
        {problems.length > 0 && <span class="dim">{count(problems.length, "run")}</span>}
      </div>
      {problems.length === 0 ? (
        <p class="dialog-text">
          <Status status="ok" word="Nothing is wrong" />
        </p>
      ) : (
        <ul class="lines">
          {problems.map(({ says, runId, row }) => (
            <li key={`${runId} ${says.head} ${says.text}`} class="health-line">
              <Icon name={ICONS[says.tone]} tone={toneClass(says.tone)} />
              <div class="grow">
                {runId !== undefined && (
                  <p>
                    <a class="name" href={`/runs/${encodeURIComponent(runId)}`}>
                      {row?.workflowName ?? "run"} <span class="id">{shortId(runId)}</span>
                    </a>
                  </p>
                )}
                <p class="wrap">
                  <Says
                    says={{
                      tone: says.tone,
                      text: says.text,
                      ...(says.head !== undefined && { head: says.head }),
                    }}
                  />
                </p>
              </div>
              {says.command !== undefined && <Command text={says.command} isPlain />}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const ICONS = {
  ok: "completed",
  fail: "damaged",
  run: "running",
  wait: "orphaned",
  unknown: "unknown",
  idle: "pending",
} as const;

function Checks({ checks }: Pick<Health, "checks">): VNode {
  return (
    <section class="card" aria-labelledby="checks">
      <div class="card-h">
        <h2 id="checks">Checks</h2>
      </div>
      <ul class="lines">
        {checks.map(({ name, isOk, text, command }) => {
          const { icon, tone } = lookOf(isOk ? "ok" : "error");
          return (
            <li key={name} class="health-line">
              <Icon name={icon} tone={tone} />
              <p class="grow">
                <b>{name}</b> <span class={isOk ? "dim" : tone}>{text}</span>
              </p>
              <Command text={command} isPlain class="hide-narrow" />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const RUN_WORDS = ["running", "paused", "failed", "completed", "cancelled"] as const;

function Database({
  health: { database, runs, version, owners },
}: {
  readonly health: Health;
}): VNode {
  const { path, fileBytes, usedBytes } = database;
  const hosts = new Set(owners.map(({ host }) => host)).size;
  return (
    <section class="card" aria-labelledby="database">
      <div class="card-h">
        <h2 id="database">Database</h2>
        <code class="dim cut">{path}</code>
      </div>
      <dl class="sum">
        <div>
          <dt>File</dt>
          <dd>
            {byteSize(fileBytes)}
            <small>{byteSize(usedBytes)} in use</small>
          </dd>
        </div>
        <div>
          <dt>Runs</dt>
          <dd>
            {grouped(Object.values(runs).reduce((sum, each) => sum + each, 0))}
            <small>axw {version}</small>
          </dd>
        </div>
        <div>
          <dt>Processes</dt>
          <dd>
            {owners.length}
            <small>
              {owners.length === 0 ? "none owns a run" : `on ${count(hosts, "machine")}`}
            </small>
          </dd>
        </div>
      </dl>
      <ul class="lines">
        {RUN_WORDS.filter((status) => runs[status] > 0).map((status) => (
          <li key={status} class="health-line">
            <Status status={status} />
            <span class="grow" />
            <a href={`/runs?status=${FILTERS[status]}`}>{grouped(runs[status])}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

const FILTERS = {
  running: "open",
  paused: "open",
  failed: "failed",
  completed: "completed",
  cancelled: "cancelled",
} as const;

const OWNER_WORDS = {
  alive: ["running", "alive"],
  elsewhere: ["ready", "on another machine"],
  expired: ["waiting", "lease expired"],
  gone: ["orphaned", "gone"],
} as const;

function Owners({ owners }: Pick<Health, "owners">): VNode {
  return (
    <section class="card" aria-labelledby="owners">
      <div class="card-h">
        <h2 id="owners">Processes</h2>
      </div>
      {owners.length === 0 ? (
        <p class="dialog-text dim">No process owns a run at present.</p>
      ) : (
        <table class="plan" aria-label="Processes that own runs">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">State</th>
              <th scope="col" class="num">
                Runs
              </th>
            </tr>
          </thead>
          <tbody>
            {owners.map(({ pid, host, state, runs }) => {
              const [look, word] = OWNER_WORDS[state];
              return (
                <tr key={`${host} ${pid}`}>
                  <td>
                    <b>{pid}</b> <span class="dim">on {host}</span>
                  </td>
                  <td>
                    <Status status={look} word={word} />
                  </td>
                  <td class="num">{runs}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}
