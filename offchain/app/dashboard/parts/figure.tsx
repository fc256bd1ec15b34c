import type { ComponentChildren, JSX } from "preact";

export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
  /** Unit, or what the figure means. */
  readonly note?: ComponentChildren;
}

/** A few figures to be read at a glance. */
export function Figures({ facts }: { readonly facts: readonly Fact[] }): JSX.Element {
  return (
    <dl class="figures">
      {facts.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span class="value">{value}</span>
            {note !== undefined && <span class="unit">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Names and values, one a line. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note !== undefined && <span class="unit">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
