/**
 * Finds bytes in text, in every form in which a program prints bytes by intent or by accident: hexadecimal,
 * base64 in both alphabets, lists of numbers, Node's inspection. A first piece of a value is enough.
 */

/** Bytes of a value that are looked for: by chance they are in a text once in 10^14 places. */
const PIECE = 6;
/** Characters of base64 that depend on these bytes alone. */
const BASE64_PIECE = 8;

export class Traces {
  /** Names by the piece's form. */
  readonly #hex = new Map<string, string>();
  readonly #base64 = new Map<string, string>();
  readonly #numbers = new Map<string, string>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Looks for `value` from now on; `name` says what it is. */
  add(name: string, value: Uint8Array): void {
    const piece = Buffer.from(value.subarray(0, PIECE));
    if (piece.length < PIECE) throw new RangeError(`${name} is too short to be looked for`);
    this.#size += 1;
    this.#hex.set(piece.toString("hex"), name);
    this.#base64.set(piece.toString("base64"), name);
    this.#base64.set(piece.toString("base64url"), name);
    this.#numbers.set(piece.join(","), name);
  }

  /** Names of what is in `text`, each once. */
  in(text: string): string[] {
    // Inspected bytes have blanks between them, and objects that stand for arrays have indexes.
    const dense = text.replaceAll(/(?<=\b[0-9a-f]{2}) (?=[0-9a-f]{2}\b)/g, "");
    const listed = text.replaceAll(/"?\d+"?:\s*(?=\d)/g, "").replaceAll(/\s/g, "");
    return [
      ...new Set([
        ...windows(dense.toLowerCase(), /[0-9a-f]{12,}/g, 2 * PIECE, this.#hex),
        ...windows(text, /[\w+/-]{8,}/g, BASE64_PIECE, this.#base64),
        ...lists(listed, this.#numbers),
      ]),
    ];
  }
}

/** Every stretch of `length` characters in the runs of `pattern` is looked up. */
function windows(
  text: string,
  pattern: RegExp,
  length: number,
  known: ReadonlyMap<string, string>,
): string[] {
  const found: string[] = [];
  for (const [run] of text.matchAll(pattern))
    for (let at = 0; at + length <= run.length; at++) {
      const name = known.get(run.slice(at, at + length));
      if (name !== undefined) found.push(name);
    }
  return found;
}

function lists(text: string, known: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [run] of text.matchAll(/\d{1,3}(?:,\d{1,3}){5,}/g)) {
    const numbers = run.split(",");
    for (let at = 0; at + PIECE <= numbers.length; at++) {
      const name = known.get(numbers.slice(at, at + PIECE).join(","));
      if (name !== undefined) found.push(name);
    }
  }
  return found;
}
