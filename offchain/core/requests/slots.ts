/** Things under way that are bounded: so many for each holder, so many altogether. Nothing waits for a slot. */
export class Slots<Holder> {
  readonly #perHolder: number;
  readonly #total: number;
  readonly #held = new Map<Holder, number>();
  #count = 0;

  constructor(perHolder: number, total: number) {
    this.#perHolder = perHolder;
    this.#total = total;
  }

  /** Slots that are taken. */
  get count(): number {
    return this.#count;
  }

  /** Takes a slot and returns what gives it back, once however often it is called; undefined when there is none. */
  take(holder: Holder): (() => void) | undefined {
    const held = this.#held.get(holder) ?? 0;
    if (held >= this.#perHolder || this.#count >= this.#total) return undefined;
    this.#held.set(holder, held + 1);
    this.#count += 1;
    let taken = true;
    return () => {
      if (taken) this.#giveBack(holder);
      taken = false;
    };
  }

  #giveBack(holder: Holder): void {
    const held = (this.#held.get(holder) ?? 0) - 1;
    this.#count -= 1;
    if (held > 0) this.#held.set(holder, held);
    else this.#held.delete(holder);
  }
}
