import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

import { useObservable } from "./data/observable.ts";
import { session, signIn } from "./data/session.ts";

/** As the agent writes it. */
const FORM = /^[0-9a-f]{64}$/;

interface SignInProps {
  readonly title: string;
  /** Says where the token is. */
  readonly children: ComponentChildren;
}

/** Asks for the token. */
export function SignIn({ title, children }: SignInProps): JSX.Element {
  const { refused } = useObservable(session);
  const [token, setToken] = useState("");
  const [malformed, setMalformed] = useState(false);
  const problem = malformed
    ? `That is no token: it has ${token.trim().length} characters, a token has 64 hex digits.`
    : refused
      ? "The relay does not know that token. It may be another relay's, or the file has been made anew."
      : undefined;
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        const given = token.trim().toLowerCase();
        setMalformed(!FORM.test(given));
        if (FORM.test(given)) signIn(given);
      }}
    >
      <h1>{title}</h1>
      {children}
      <label for="token">Token</label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        spellcheck={false}
        value={token}
        aria-invalid={problem !== undefined}
        aria-describedby="token-problem"
        onInput={({ currentTarget }) => {
          setToken(currentTarget.value);
        }}
      />
      <p id="token-problem" class="problem" role="alert">
        {problem}
      </p>
      <button type="submit" class="primary">
        Show the figures
      </button>
      <p class="note">The token stays in this tab and is forgotten when the tab is closed.</p>
    </form>
  );
}
