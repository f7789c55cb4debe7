import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "../shell/Icons.jsx";
import type { FormModel } from "./FormModel.js";
import type { Field } from "./field.js";

/** The fields of a form. The buttons, and what they do, are its surroundings' own. */
export function SchemaForm({ model }: { readonly model: FormModel }): VNode {
  const prefix = useId();
  return (
    <div class="form">
      {model.homeless.map(({ pointer, message }) => (
        <ErrorText key={pointer} text={`${pointer === "" ? "" : `${pointer}: `}${message}`} />
      ))}
      {model.fields.map((field) => (
        <FieldShape key={field.pointer} field={field} model={model} prefix={prefix} />
      ))}
    </div>
  );
}

/** Moves the focus to the first field with a problem, and shows all problems. */
export function focusProblem(model: FormModel, form: HTMLElement | null): boolean {
  const pointer = model.showProblems();
  if (pointer === undefined) return false;
  const fields = form?.querySelectorAll<HTMLElement>("[data-pointer]") ?? [];
  for (const field of fields) if (field.dataset["pointer"] === pointer) field.focus();
  return true;
}

interface FieldProps<F extends Field = Field> {
  readonly field: F;
  readonly model: FormModel;
  /** Makes the ids of this form its own. */
  readonly prefix: string;
}

function FieldShape(props: FieldProps): VNode {
  const { field, model, prefix } = props;
  switch (field.kind) {
    case "object":
      return (
        <fieldset class="f inner-form">
          <Legend field={field} />
          {field.fields.map((inner) => (
            <FieldShape key={inner.pointer} field={inner} model={model} prefix={prefix} />
          ))}
        </fieldset>
      );
    case "choice":
      return field.options.length <= SEGMENTS && field.options.every(isShort) ? (
        <Segments {...{ model, prefix, field }} />
      ) : (
        <Select {...{ model, prefix, field }} />
      );
    case "choices":
      return <Choices {...{ model, prefix, field }} />;
    case "boolean":
      return <Tick {...{ model, prefix, field }} />;
    default:
      return <Typed {...{ model, prefix, field }} />;
  }
}

/** The maximum number of choices that are shown side by side. */
const SEGMENTS = 4;

function isShort(option: unknown): boolean {
  return textOf(option).length <= 12;
}

function textOf(option: unknown): string {
  return typeof option === "string" ? option : JSON.stringify(option);
}

function Legend({ field }: { readonly field: Field }): VNode {
  return (
    <legend>
      {field.label}
      {!field.isRequired && <span class="dimmer optional"> optional</span>}
    </legend>
  );
}

/** The ids of what describes a field: its hint and its problem. */
function describedBy({ field, model, prefix }: FieldProps): Readonly<Record<string, string>> {
  const ids = [
    ...(field.hint === "" ? [] : [`${prefix}${field.pointer}-hint`]),
    ...(model.problemAt(field.pointer) === undefined ? [] : [`${prefix}${field.pointer}-error`]),
  ];
  return ids.length === 0 ? {} : { "aria-describedby": ids.join(" ") };
}

function Notes(props: FieldProps): VNode {
  const { field, model, prefix } = props;
  const problem = model.problemAt(field.pointer);
  return (
    <>
      {problem !== undefined && <ErrorText text={problem} id={`${prefix}${field.pointer}-error`} />}
      {field.hint !== "" && (
        <span class="hint" id={`${prefix}${field.pointer}-hint`}>
          {field.hint}
        </span>
      )}
    </>
  );
}

function ErrorText(props: { readonly text: string; readonly id?: string }): VNode {
  return (
    <span class="err" {...(props.id !== undefined && { id: props.id })}>
      <Icon name="failed" />
      {props.text}
    </span>
  );
}

function Segments(props: FieldProps<Extract<Field, { kind: "choice" }>>): VNode {
  const { field, model, prefix } = props;
  const chosen = model.input(field.pointer);
  return (
    <fieldset class="f" {...describedBy(props)}>
      <Legend field={field} />
      <span class="seg">
        {field.options.map((option, index) => (
          <label key={textOf(option)}>
            <input
              class="vh"
              type="radio"
              name={`${prefix}${field.pointer}`}
              checked={isSame(option, chosen)}
              disabled={model.isLocked.value}
              {...(index === 0 && { "data-pointer": field.pointer })}
              onChange={() => model.change(field.pointer, option)}
            />
            {textOf(option)}
          </label>
        ))}
      </span>
      <Notes {...props} />
    </fieldset>
  );
}

function Select(props: FieldProps<Extract<Field, { kind: "choice" }>>): VNode {
  const { field, model, prefix } = props;
  const at = field.options.findIndex((option) => isSame(option, model.input(field.pointer)));
  const id = `${prefix}${field.pointer}`;
  return (
    <div class="f">
      <Label field={field} id={id} />
      <select
        class={fieldClass(props)}
        id={id}
        data-pointer={field.pointer}
        value={at === -1 ? "" : String(at)}
        disabled={model.isLocked.value}
        {...describedBy(props)}
        onBlur={() => model.leave(field.pointer)}
        onChange={({ currentTarget }) =>
          model.change(
            field.pointer,
            currentTarget.value === "" ? undefined : field.options[Number(currentTarget.value)],
          )
        }
      >
        <option value="">{field.isRequired ? "Choose…" : "none"}</option>
        {field.options.map((option, index) => (
          <option key={textOf(option)} value={String(index)}>
            {textOf(option)}
          </option>
        ))}
      </select>
      <Notes {...props} />
    </div>
  );
}

function Choices(props: FieldProps<Extract<Field, { kind: "choices" }>>): VNode {
  const { field, model } = props;
  const input = model.input(field.pointer);
  const chosen: readonly unknown[] = Array.isArray(input) ? input : [];
  return (
    <fieldset class="f" {...describedBy(props)}>
      <Legend field={field} />
      {field.options.map((option, index) => (
        <label class="opt" key={textOf(option)}>
          <input
            type="checkbox"
            checked={chosen.some((each) => isSame(each, option))}
            disabled={model.isLocked.value}
            {...(index === 0 && { "data-pointer": field.pointer })}
            onChange={({ currentTarget }) => {
              const wanted = (each: unknown): boolean =>
                isSame(each, option)
                  ? currentTarget.checked
                  : chosen.some((other) => isSame(other, each));
              // The order of the schema, and not that of the clicks.
              model.change(field.pointer, field.options.filter(wanted));
            }}
          />{" "}
          {textOf(option)}
        </label>
      ))}
      <Notes {...props} />
    </fieldset>
  );
}

function Tick(props: FieldProps<Extract<Field, { kind: "boolean" }>>): VNode {
  const { field, model } = props;
  return (
    <div class="f">
      <label class="opt">
        <input
          type="checkbox"
          data-pointer={field.pointer}
          checked={model.input(field.pointer) === true}
          disabled={model.isLocked.value}
          {...describedBy(props)}
          onChange={({ currentTarget }) => model.change(field.pointer, currentTarget.checked)}
        />{" "}
        <b>{field.label}</b>
      </label>
      <Notes {...props} />
    </div>
  );
}

function Typed(
  props: FieldProps<Extract<Field, { kind: "text" | "number" | "integer" | "json" }>>,
): VNode {
  const { field, model, prefix } = props;
  const { kind, pointer } = field;
  const id = `${prefix}${pointer}`;
  const isBad = model.problemAt(pointer) !== undefined;
  const common = {
    id,
    class: fieldClass(props),
    "data-pointer": pointer,
    "aria-invalid": isBad,
    "aria-required": field.isRequired,
    value: model.text(pointer),
    readOnly: model.isLocked.value,
    ...describedBy(props),
    onBlur: () => model.leave(pointer),
  };
  const isLong = kind === "json" || (kind === "text" && field.isLong);
  return (
    <div class="f">
      <Label field={field} id={id} />
      {isLong ? (
        <textarea
          {...common}
          spellcheck={kind === "text"}
          onInput={({ currentTarget }) => model.change(pointer, currentTarget.value)}
        />
      ) : (
        <input
          {...common}
          type="text"
          {...(kind !== "text" && { inputMode: kind === "number" ? "decimal" : "numeric" })}
          onInput={({ currentTarget }) => model.change(pointer, currentTarget.value)}
        />
      )}
      <Notes {...props} />
    </div>
  );
}

function Label(props: { readonly field: Field; readonly id: string }): VNode {
  const { field, id } = props;
  return (
    <label for={id}>
      {field.label}
      {!field.isRequired && <span class="dimmer optional"> optional</span>}
      {field.kind === "json" && <span class="dimmer optional"> JSON</span>}
    </label>
  );
}

function fieldClass({ field, model }: FieldProps): string {
  const isBad = model.problemAt(field.pointer) !== undefined;
  return `field ${isBad ? "bad" : ""} ${field.kind === "text" ? "" : "mono"}`;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
