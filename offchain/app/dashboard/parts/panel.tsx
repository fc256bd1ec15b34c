import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

import { useNow } from "../data/now.ts";
import type { Reading } from "../data/relay.ts";
import { clockTime, duration } from "../format.ts";
import { Prose } from "./prose.tsx";

interface PanelProps {
  readonly title: string;
  /** What the figures are, in a sentence. */
  readonly note?: ComponentChildren;
  /** When they held, at the right of the title. */
  readonly asOf?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** A part of a view under a heading of its own. */
export function Panel({ title, note, asOf, wide, children }: PanelProps): JSX.Element {
  const id = useId();
  return (
    <section class={wide === true ? "panel wide" : "panel"} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {asOf !== undefined && <span class="as-of">{asOf}</span>}
      </header>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

/** "as of 17:03:20", from milliseconds since 1970. */
export function AsOf({ at }: { readonly at: number }): JSX.Element {
  const now = useNow();
  return (
    <>
      as of <time dateTime={new Date(at).toISOString()}>{clockTime(at, now)}</time>
    </>
  );
}

/** What replaces figures where there are none yet, and why. */
export function Empty({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}

interface ReadProps<Data> {
  readonly reading: Reading<Data>;
  readonly children: (data: Data, at: number) => ComponentChildren;
}

/** Shows what was read last; says so when it could not be read since, and why there is nothing yet. */
export function Read<Data>({ reading, children }: ReadProps<Data>): JSX.Element {
  const { data, at, problem } = reading;
  return (
    <>
      {problem !== undefined && data !== undefined && <Stale at={at} says={problem.message} />}
      {data !== undefined ? children(data, at) : <Missing reading={reading} />}
    </>
  );
}

function Stale({ at, says }: { readonly at: number; readonly says: string }): JSX.Element {
  const now = useNow();
  return (
    <p class="stale">
      These figures are {duration((now - at) / 1_000)} old: {says}
    </p>
  );
}

function Missing<Data>({ reading }: { readonly reading: Reading<Data> }): JSX.Element {
  const { problem } = reading;
  if (problem === undefined) return <p class="empty loading">Reading…</p>;
  return (
    <Empty>
      <Prose text={`${problem.message} ${problem.fix}`} />
    </Empty>
  );
}
