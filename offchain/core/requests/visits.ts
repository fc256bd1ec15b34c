/**
 * Connections that were made for requests alone: which they are, and when one has served its purpose. A visit
 * ends when for some time no request was under way and nothing else was sent or received.
 */
export interface VisitOptions<Peer> {
  /** Milliseconds for which a visit outlasts its last use. */
  readonly idle: number;
  /** Runs `run` once after `delay` milliseconds; returns what calls it off. */
  readonly after: (delay: number, run: () => void) => () => void;
  /** The visit is over: the connection can go. */
  readonly ended: (peer: Peer) => void;
}

interface Visit {
  underWay: number;
  usedSince: boolean;
  cancel: (() => void) | undefined;
}

export class Visits<Peer> {
  readonly #options: VisitOptions<Peer>;
  readonly #visits = new Map<Peer, Visit>();

  constructor(options: VisitOptions<Peer>) {
    this.#options = options;
  }

  /** A request begins; `arrives` when it has to connect first, which makes its connection a visit. */
  begin(peer: Peer, arrives: boolean): void {
    const visit = this.#visits.get(peer);
    if (visit !== undefined) {
      visit.underWay += 1;
      this.#stopWaiting(visit);
    } else if (arrives)
      this.#visits.set(peer, { underWay: 1, usedSince: false, cancel: undefined });
  }

  /** A request is over, however it went; `connected` tells whether there is a connection to end. */
  end(peer: Peer, connected: boolean): void {
    const visit = this.#visits.get(peer);
    if (visit === undefined) return;
    visit.underWay = Math.max(0, visit.underWay - 1);
    if (visit.underWay > 0) return;
    if (connected) this.#wait(peer, visit);
    else this.#visits.delete(peer);
  }

  /** Something else went over the connection. */
  used(peer: Peer): void {
    const visit = this.#visits.get(peer);
    if (visit !== undefined) visit.usedSince = true;
  }

  /** The connection is wanted for itself, or is gone. */
  forget(peer: Peer): void {
    const visit = this.#visits.get(peer);
    if (visit !== undefined) this.#stopWaiting(visit);
    this.#visits.delete(peer);
  }

  clear(): void {
    for (const peer of [...this.#visits.keys()]) this.forget(peer);
  }

  #wait(peer: Peer, visit: Visit): void {
    this.#stopWaiting(visit);
    visit.usedSince = false;
    visit.cancel = this.#options.after(this.#options.idle, () => {
      visit.cancel = undefined;
      if (visit.usedSince) this.#wait(peer, visit);
      else {
        this.#visits.delete(peer);
        this.#options.ended(peer);
      }
    });
  }

  #stopWaiting(visit: Visit): void {
    visit.cancel?.();
    visit.cancel = undefined;
  }
}
