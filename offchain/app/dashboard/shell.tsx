/** What stands around every page: its name, how fresh its figures are, light or dark. */
import type { ComponentChildren, JSX } from "preact";

import { connection } from "./data/connection.ts";
import { useNow } from "./data/now.ts";
import { useObservable } from "./data/observable.ts";
import { signOut } from "./data/session.ts";
import { choose, following, theme } from "./data/theme.ts";
import { clockTime, duration } from "./format.ts";

interface TopBarProps {
  readonly title: string;
  readonly signedIn: boolean;
  readonly children: ComponentChildren;
}

export function TopBar({ title, signedIn, children }: TopBarProps): JSX.Element {
  const current = useObservable(theme);
  return (
    <header class="top">
      <span class="brand">{title}</span>
      {children}
      <span class="tools">
        <button
          type="button"
          onClick={() => {
            choose(following(current));
          }}
        >
          Colours: {current}
        </button>
        {signedIn && (
          <button type="button" onClick={signOut}>
            Forget token
          </button>
        )}
      </span>
    </header>
  );
}

/** Whether the figures come as they change, or how old they are. */
export function Freshness({ at }: { readonly at: number }): JSX.Element {
  const { state } = useObservable(connection);
  const now = useNow();
  const age = duration((now - at) / 1_000);
  return (
    <span class={state === "live" ? "freshness live" : "freshness"}>
      {state === "live" ? "live" : `${age} old`}
    </span>
  );
}

interface BannerProps {
  /** When the latest figures came; undefined when none ever did. */
  readonly at: number | undefined;
  readonly retry: () => void;
}

/** Only while nothing answers: since when, how old the figures are, and that it is tried again. */
export function ConnectionBanner({ at, retry }: BannerProps): JSX.Element | null {
  const value = useObservable(connection);
  const now = useNow();
  if (value.state !== "down") return null;
  const { since, says, nextAt } = value;
  return (
    <div class="banner" role="status">
      <p>
        <strong>No answer since {clockTime(since, now)}.</strong> {says}{" "}
        {at === undefined ? (
          "There are no figures yet."
        ) : (
          <span aria-live="off">
            The figures are those of {clockTime(at, now)}, {duration((now - at) / 1_000)} ago.
          </span>
        )}{" "}
        <span aria-live="off">
          {nextAt > now
            ? `Trying again in ${duration((nextAt - now) / 1_000 + 1)}.`
            : "Trying again…"}
        </span>
      </p>
      <button type="button" onClick={retry}>
        Try now
      </button>
    </div>
  );
}
