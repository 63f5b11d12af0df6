/** The person's locale; tests set their own. */
let chosen: string | undefined;

export function locale(): string | undefined {
  return chosen;
}

/** Fixes the locale, for tests and for pictures that must look the same everywhere. */
export function setLocale(tag: string | undefined): void {
  chosen = tag;
}
