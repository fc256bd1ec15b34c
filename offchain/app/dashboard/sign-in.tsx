import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useObservable } from "./data/observable.ts";
import { session, signIn } from "./data/session.ts";

/** As the agent writes it. */
const FORM = /^[0-9a-f]{64}$/;

/** Asks for the token and says where it is. */
export function SignIn(): JSX.Element {
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
      <h1>This relay's token, please</h1>
      <p>
        It is in the file <code>api-token</code> of the relay's data folder:{" "}
        <code>waybill-data/api-token</code> unless <code>--data</code> says otherwise. On the
        relay's machine:
      </p>
      <pre>cat waybill-data/api-token</pre>
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
        Show the relay
      </button>
      <p class="note">The token stays in this tab and is forgotten when the tab is closed.</p>
    </form>
  );
}
