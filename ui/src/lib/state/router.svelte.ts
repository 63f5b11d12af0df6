/** Which page is shown. Kept in the address, so that going back works. */
export const pages = [
  "overview",
  "attention",
  "activity",
  "records",
  "preview",
  "rules",
  "history",
  "mappings",
  "schedule",
  "connections",
  "settings",
  "setup",
] as const;

export type Page = (typeof pages)[number];

interface Place {
  page: Page;
  params: Record<string, string>;
}

export function parsePlace(hash: string): Place {
  const [name, query] = hash.replace(/^#\/?/, "").split("?");
  const page = pages.find((known) => known === name) ?? "overview";
  return { page, params: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

export function placeHash(page: Page, params: Record<string, string> = {}): string {
  const query = new URLSearchParams(params).toString();
  return `#/${page}${query ? `?${query}` : ""}`;
}

class Router {
  place = $state.raw<Place>({ page: "overview", params: {} });

  get params(): Record<string, string> {
    return this.place.params;
  }

  get page(): Page {
    return this.place.page;
  }

  start(): void {
    this.place = parsePlace(location.hash);
    addEventListener("hashchange", () => {
      this.place = parsePlace(location.hash);
    });
  }

  go(page: Page, params: Record<string, string> = {}): void {
    const hash = placeHash(page, params);
    if (location.hash === hash) this.place = parsePlace(hash);
    else location.hash = hash;
  }
}

export const router = new Router();
