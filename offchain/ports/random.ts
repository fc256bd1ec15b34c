/** Cryptographically secure bytes; a seeded twin exists for simulations and tests only. */
export interface Random {
  bytes(length: number): Uint8Array;
}
