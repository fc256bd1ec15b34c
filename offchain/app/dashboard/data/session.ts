/**
 * The token that opens the API. It comes from the form or from the address's fragment, which no server is told and
 * which leaves the address bar at once; it is kept for this tab alone.
 */
import { Observable } from "./observable.ts";

const KEY = "waybill-token";

export interface Session {
  readonly token: string | undefined;
  /** The server said that the token is not its own. */
  readonly refused: boolean;
}

export const session = new Observable<Session>({ token: takeToken(), refused: false });

export function signIn(token: string): void {
  sessionStorage.setItem(KEY, token);
  session.set({ token, refused: false });
}

/** Forgets a token that the server refused, unless another one has taken its place meanwhile. */
export function refuse(token: string): void {
  if (session.value.token !== token) return;
  sessionStorage.removeItem(KEY);
  session.set({ token: undefined, refused: true });
}

export function signOut(): void {
  sessionStorage.removeItem(KEY);
  session.set({ token: undefined, refused: false });
}

/** A link with a token may also be followed in a tab that is open already. */
window.addEventListener("hashchange", () => {
  const token = fromFragment();
  if (token !== undefined) signIn(token);
});

function takeToken(): string | undefined {
  const given = fromFragment();
  if (given !== undefined) sessionStorage.setItem(KEY, given);
  return given ?? sessionStorage.getItem(KEY) ?? undefined;
}

function fromFragment(): string | undefined {
  const token = /^#token=([0-9a-f]+)$/.exec(location.hash)?.[1];
  if (token !== undefined) history.replaceState(null, "", location.pathname);
  return token;
}
