/** The made-up flower shop's customers. */
export const customers = [
  "Harbour Hotels",
  "Brightside Events",
  "Okafor & Daughters",
  "Tamar Valley Nursery",
  "Lindqvist AB",
  "Castle Catering",
  "St Aubyn's School",
  "Penrose Weddings",
  "Café Morwenna",
  "Trelawny Estates",
  "Quayside Dental",
  "Müller Floristik GmbH",
  "Hollis Funeral Care",
  "The Old Granary",
] as const;

export function customer(index: number): string {
  return customers[index % customers.length] ?? customers[0];
}

/** A number that looks random and is the same every time. */
export function scatter(seed: number): number {
  let mixed = (seed + 1) * 2654435761;
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 2246822519);
  mixed ^= mixed >>> 13;
  return mixed >>> 0;
}
