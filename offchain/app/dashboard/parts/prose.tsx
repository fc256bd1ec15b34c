import type { JSX } from "preact";

/** A sentence in which what stands between backticks is a command or a name. */
export function Prose({ text }: { readonly text: string }): JSX.Element {
  return (
    <>{text.split("`").map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>))}</>
  );
}
