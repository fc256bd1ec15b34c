import type { JSX } from "preact";

import { shortId } from "../format.ts";

/** An id, short to look at and whole to hover over or hear. */
export function Id({ id }: { readonly id: string }): JSX.Element {
  return (
    <abbr class="id" title={id}>
      {shortId(id)}
    </abbr>
  );
}
