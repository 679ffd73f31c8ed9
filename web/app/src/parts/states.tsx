// What stands where a document is not there yet, or cannot be had, and small things that all views use.
import type { ComponentChildren } from "preact";
import type { Resource } from "../state/resource";

export function Waiting<T>({ of, children }: { of: Resource<T>; children: (value: T) => ComponentChildren }) {
  const value = of.use();
  const error = of.error.value;
  if (value === null) {
    return error ? <p class="problem" role="alert">{error}</p> : <p class="waiting" aria-busy="true">Loading…</p>;
  }
  return (
    <>
      {error && <p class="problem" role="alert">{error}</p>}
      {children(value)}
    </>
  );
}

export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="nothing">{children}</p>;
}

/** What may be wider than the screen, reached and scrolled by the keyboard too. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return <div class="scroll" tabIndex={0} role="region" aria-label={label}>{children}</div>;
}

const words: Record<string, string> = { best: "best", cheapest: "cheapest tied", tied: "tied", other: "" };

export function Mark({ mark }: { mark: string }) {
  return words[mark] ? <span class={`mark ${mark}`}>{words[mark]}</span> : null;
}

export const StateWord = ({ state }: { state: string }) => <span class={`state ${state}`}>{state}</span>;

/** A choice of a few, as buttons that the arrow keys walk through. */
export function Choice<T extends string>({ label, options, value, onChange }: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map(([option, text]) => (
        <label class={option === value ? "on" : ""}>
          <input type="radio" name={label} checked={option === value} onChange={() => onChange(option)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

export function Select({ label, options, value, onChange }: {
  label: string;
  options: readonly (readonly [string, string])[];
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => <option value={option} selected={option === value}>{text}</option>)}
      </select>
    </label>
  );
}
