/** Whether the server answers, as far as its event stream tells. */
import { Observable } from "./observable.ts";

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | {
      readonly state: "down";
      /** When it last answered or was first asked in vain, in milliseconds since 1970. */
      readonly since: number;
      readonly says: string;
      /** When it is asked again. */
      readonly nextAt: number;
    };

export const connection = new Observable<Connection>({ state: "connecting" });
